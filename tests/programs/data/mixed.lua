local t = {}
for i = 1, 2000 do t[i] = (i * 7919) % 10007 end
table.sort(t)
local s = 0
for i, v in ipairs(t) do s = s + i * v end
print(s, 2^53, 10 // 3, -7 // 2, -7 % 3, 7.5 % -2, 1/0, -1/0, 0/0 ~= 0/0)
local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end
print(fib(22))
print(string.format("%5.2f|%-8s|%x|%q|%g|%a", 3.14159, "ab", 255, "a\nb\0c", 1e100, 0.5))
for w in ("one two  three"):gmatch("%a+") do io.write(w, ";") end print()
print(("hello world"):gsub("o", {o = "0"}), ("x=1,y=2"):gsub("(%w+)=(%w+)", "%2=%1"))
local co = coroutine.wrap(function(a) for i = 1, 3 do a = coroutine.yield(a * i) end return "end" end)
print(co(2), co(3), co(4), co(5))
print(pcall(error, {code = 1}), select("#", table.unpack({}, 1, 3)))
local mt = setmetatable({}, {__index = function(_, k) return k .. "!" end, __call = function(self, x) return x + 1 end, __len = function() return 42 end})
print(mt.foo, mt(1), #mt)
print(math.maxinteger + 1 == math.mininteger, math.ult(1, -1), 5 // 0.0, math.tointeger(3.0), math.type(1), math.type(1.0))
print(pcall(function() return 1 // 0 end))
goto done
print("not here")
::done::
print(string.pack("<i4z", 100, "hi"):byte(1, -1))
print(utf8.char(228, 8364, 128512), utf8.len("äöü"))
local n = 0
for k, v in pairs({a = 1, b = 2, 3, 4}) do n = n + v end print(n)
print(load("return 1 + 2 * 3 ^ 2 .. ''")())
print(os.time({year = 2020, month = 1, day = 1, hour = 12}), os.date("!%Y-%m-%d", 0))
local a <const>, b <close> = 5, setmetatable({}, {__close = function() print("closed") end})
collectgarbage() collectgarbage("generational") for i = 1, 1e5 do local x = {i} end collectgarbage("incremental")
print(3 & 5 | 2 ~ 7 << 2 >> 1, ~0, "10" + 5, 1e15, 123456789012345678)
