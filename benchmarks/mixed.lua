-- A mixed script for the Lua interpreter: calls, tables, strings, closures, floating point, metatables, coroutines.
local scale = tonumber(arg and arg[1]) or 1

local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

local function sieve(n)
  local t = {}
  for i = 2, n do t[i] = true end
  for i = 2, n do
    if t[i] then for j = i * i, n, i do t[j] = false end end
  end
  local c = 0
  for i = 2, n do if t[i] then c = c + 1 end end
  return c
end

local function strings(n)
  local parts = {}
  for i = 1, n do parts[#parts + 1] = string.format("%d:%s", i, ("x"):rep(i % 7)) end
  local s = table.concat(parts, ",")
  local words = 0
  for w in s:gmatch("[^,]+") do words = words + #w end
  local r = s:gsub("x+", function(m) return #m end)
  return words, #r, s:find("999:x", 1, true) or 0
end

local function sorting(n)
  local seed, t = 42, {}
  for i = 1, n do seed = (seed * 1103515245 + 12345) % 2147483648; t[i] = seed end
  table.sort(t, function(a, b) return a < b end)
  return t[1], t[n]
end

local Point = {}
Point.__index = Point
Point.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Point) end
function Point:norm() return self.x * self.x + self.y * self.y end

local function objects(n)
  local p = setmetatable({ x = 0, y = 0 }, Point)
  local d = setmetatable({ x = 1, y = 0.5 }, Point)
  local s = 0
  for _ = 1, n do p = p + d; s = s + p:norm() end
  return s
end

local function nbody(n)
  local b = { { x = 0, y = 0, vx = 0, vy = 0, m = 10 }, { x = 1, y = 0, vx = 0, vy = 3, m = 1 }, { x = 0, y = 2, vx = 2, vy = 0, m = 0.5 } }
  for _ = 1, n do
    for i = 1, #b do
      local p = b[i]
      for j = i + 1, #b do
        local q = b[j]
        local dx, dy = q.x - p.x, q.y - p.y
        local f = 0.001 / ((dx * dx + dy * dy + 0.01) ^ 1.5)
        p.vx = p.vx + dx * f * q.m; p.vy = p.vy + dy * f * q.m
        q.vx = q.vx - dx * f * p.m; q.vy = q.vy - dy * f * p.m
      end
    end
    for i = 1, #b do local p = b[i]; p.x = p.x + p.vx * 0.001; p.y = p.y + p.vy * 0.001 end
  end
  return string.format("%.6f", b[1].x)
end

local function closures(n)
  local function counter() local c = 0; return function(k) c = c + k; return c end end
  local f, r = counter(), 0
  for i = 1, n do r = f(i & 3) end
  local co = coroutine.wrap(function() for i = 1, n // 10 do coroutine.yield(i) end return -1 end)
  for _ = 1, n // 10 do r = r + co() end
  return r
end

print(fib(27 + scale))
print(sieve(400000 * scale))
print(strings(40000 * scale))
print(sorting(60000 * scale))
print(objects(300000 * scale))
print(nbody(60000 * scale))
print(closures(900000 * scale))
