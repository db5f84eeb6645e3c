"""The command line as data: which options exist, and which of them this compiler can honour.

Facts from the gcc 12 manual, "Option Summary".  An option is accepted if what it asks holds: licences to
optimise are accepted either way, `-fno-X` for an X that is never done; a positive option that is not implemented
is an error, as an unknown one is.
"""
from __future__ import annotations

from typing import Final

LICENCES: Final = frozenset("""
aggressive-loop-optimizations align-functions align-jumps align-labels align-loops allocation-dce allow-store-data-races associative-math
bit-tests branch-count-reg caller-saves code-hoisting combine-stack-adjustments compare-elim conserve-stack cprop-registers crossjumping
cse-follow-jumps cx-fortran-rules cx-limited-range dce defer-pop delayed-branch delete-dead-exceptions dse early-inlining
expensive-optimizations finite-loops float-store fold-simple-inlines forward-propagate fp-int-builtin-inexact function-cse gcse
gcse-after-reload gcse-las gcse-lm gcse-sm guess-branch-probability hoist-adjacent-loads if-conversion if-conversion2 indirect-inlining
inline-functions inline-functions-called-once inline-small-functions ipa-bit-cp ipa-cp ipa-cp-clone ipa-icf ipa-icf-functions
ipa-icf-variables ipa-modref ipa-profile ipa-pta ipa-pure-const ipa-ra ipa-reference ipa-reference-addressable ipa-sra ipa-stack-alignment
ipa-strict-aliasing ipa-vrp ira-hoist-pressure ira-loop-pressure ira-share-save-slots ira-share-spill-slots
isolate-erroneous-paths-attribute isolate-erroneous-paths-dereference ivopts lifetime-dse limit-function-alignment live-range-shrinkage
loop-interchange loop-unroll-and-jam lra-remat math-errno modulo-sched modulo-sched-allow-regmoves move-loop-invariants move-loop-stores
optimize-sibling-calls optimize-strlen partial-inlining peel-loops peephole peephole2 predictive-commoning printf-return-value
reciprocal-math ree rename-registers reorder-blocks reorder-blocks-and-partition reorder-functions rerun-cse-after-loop
reschedule-modulo-scheduled-loops sched-critical-path-heuristic sched-dep-count-heuristic sched-group-heuristic sched-interblock
sched-last-insn-heuristic sched-pressure sched-rank-heuristic sched-spec sched-spec-insn-heuristic sched-spec-load sched-spec-load-dangerous
sched-stalled-insns sched-stalled-insns-dep sched2-use-superblocks schedule-fusion schedule-insns schedule-insns2 sel-sched-pipelining
sel-sched-pipelining-outer-loops sel-sched-reschedule-pipelined selective-scheduling selective-scheduling2 semantic-interposition
shrink-wrap shrink-wrap-separate signed-zeros split-ivs-in-unroller split-loops split-paths split-wide-types split-wide-types-early
ssa-backprop ssa-phiopt stdarg-opt store-merging strict-aliasing thread-jumps toplevel-reorder tracer
trapping-math tree-bit-ccp tree-builtin-call-dce tree-ccp tree-ch tree-coalesce-vars tree-copy-prop tree-cselim tree-dce tree-dominator-opts
tree-dse tree-forwprop tree-fre tree-loop-distribute-patterns tree-loop-distribution tree-loop-if-convert tree-loop-im tree-loop-ivcanon
tree-loop-optimize tree-loop-vectorize tree-lrs tree-partial-pre tree-phiprop tree-pre tree-pta tree-reassoc tree-scev-cprop tree-sink
tree-slp-vectorize tree-slsr tree-sra tree-switch-conversion tree-tail-merge tree-ter tree-vectorize tree-vrp unconstrained-commons
unroll-all-loops unroll-completely-grow-size unroll-loops unswitch-loops var-tracking var-tracking-assignments
var-tracking-assignments-toggle var-tracking-uninit variable-expansion-in-unroller version-loops-for-strides vpt web
branch-target-load-optimize check-data-deps cse-skip-blocks fat-lto-objects
emit-class-debug-always force-addr loop-block loop-optimize loop-strip-mine merge-all-constants merge-constants merge-debug-strings
optimize-register-move regmove rerun-loop-opt sched2-use-traces see strength-reduce strict-overflow tree-copyrename tree-loop-linear
tree-salias tree-store-ccp unit-at-a-time unsafe-loop-optimizations web whole-program zee argument-alias auto-inc-dec prefetch-loop-arrays
devirtualize devirtualize-speculatively profile-reorder-functions branch-probabilities diagnostics-show-caret diagnostics-show-option
diagnostics-show-labels diagnostics-show-line-numbers diagnostics-show-cwe diagnostics-generate-patch diagnostics-parseable-fixits
diagnostics-plain-output diagnostics-show-path-depths show-column canonical-system-headers track-macro-expansion working-directory
use-linker-plugin report-bug sync-libcalls trampolines pch-deps pch-preprocess allow-parameterless-variadic-functions
gnu-unique
""".split())
"""-f options that permit something, or say how messages look: accepted with and without `no-`.  (-ffat-lto-objects asks for nothing without -flto.)"""

HONOURED: Final = frozenset("""
PIC PIE pic pie asm asynchronous-unwind-tables unwind-tables builtin common conserve-stack cond-mismatch data-sections
delete-null-pointer-checks dollars-in-identifiers dwarf2-cfi-asm exceptions fast-math finite-math-only freestanding function-sections
gnu89-inline hosted ident inline instrument-functions jump-tables lax-vector-conversions lazy ms-extensions pack-struct
plan9-extensions omit-frame-pointer plt preprocessed record-gcc-switches short-enums short-wchar signed-bitfields signed-char strict-aliasing syntax-only
unsafe-math-optimizations unsigned-bitfields unsigned-char verbose-asm verify-ir wrapv wrapv-pointer zero-initialized-in-bss
keep-static-consts keep-inline-functions keep-static-functions stack-protector stack-protector-all stack-protector-explicit
stack-protector-strong toplevel-reorder math-errno semantic-interposition optimize-sibling-calls
""".split())
"""-f options whose meaning the compiler knows."""

GROUPS: Final[dict[str, str]] = {
    "fast-math": "no-math-errno unsafe-math-optimizations finite-math-only cx-limited-range",
    "unsafe-math-optimizations": "no-signed-zeros no-trapping-math associative-math reciprocal-math"}
"""-f options that stand for others."""

ALWAYS: Final = frozenset("""
inline-atomics extended-identifiers eliminate-unused-debug-types eliminate-unused-debug-symbols
""".split())
"""-f options that always hold: `-fno-X` is refused."""

POSITIVE_ONLY: Final = frozenset("""
no-stack-protector-all no-stack-protector-strong no-stack-protector-explicit no-diagnostics-plain-output
""".split())
"""What gcc does not know either: the negative of an option that has none."""

REFUSED: Final[dict[str, bool]] = dict.fromkeys("""
analyzer auto-profile building-libgcc callgraph-info cf-protection checking compare-debug debug-types-section
directives-only dump-passes gimple gnu-tm graphite graphite-identity harden-compares harden-conditional-branches
inhibit-size-directive leading-underscore live-patching loop-nest-optimize loop-parallelize-all lto mem-report non-call-exceptions openacc
openmp openmp-simd opt-info patchable-function-entry pcc-struct-return plugin prefix-function-name profile profile-arcs
profile-generate profile-use profile-values random-seed reg-struct-return rounding-math sanitize-address-use-after-scope sanitize-recover
sanitize-undefined-trap-on-error save-optimization-record section-anchors signaling-nans single-precision-constant split-stack stack-check strict-volatile-bitfields
stack-clash-protection stack-limit stack-usage test-coverage time-report trapv tree-parallelize-loops vtable-verify
""".split(), True)
"""-f options that exist in gcc and are not implemented: `-fno-X` holds, `-fX` is refused."""

VALUES: Final = frozenset("""
align-functions align-jumps align-labels align-loops max-errors visibility tls-model trivial-auto-var-init patchable-function-entry
diagnostics-color diagnostics-format diagnostics-urls diagnostics-column-unit diagnostics-show-location message-length tabstop
excess-precision fp-contract exec-charset input-charset wide-exec-charset max-include-depth opt-bisect-limit opt-functions dump-ir simd-cost-model
vect-cost-model reorder-blocks-algorithm ira-algorithm ira-region lifetime-dse stack-reuse permitted-flt-eval-methods inline-limit
zero-call-used-regs cf-protection abi-version track-macro-expansion use-ld file-prefix-map macro-prefix-map debug-prefix-map random-seed
sched-stalled-insns sched-stalled-insns-dep live-patching pack-struct
""".split())
"""-f options with `=value`."""

VALUE_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "visibility": ("default", "hidden", "protected", "internal"),
    "tls-model": ("global-dynamic", "local-dynamic", "initial-exec", "local-exec"),
    "trivial-auto-var-init": ("uninitialized", "zero", "pattern"),
    "diagnostics-color": ("auto", "always", "never"),
    "diagnostics-format": ("text",),
    "excess-precision": ("fast", "standard"),
    "fp-contract": ("off", "on", "fast"),
    "exec-charset": ("UTF-8", "utf-8", "utf8"), "input-charset": ("UTF-8", "utf-8", "utf8"),
    "wide-exec-charset": ("UTF-32LE", "UTF-32"),
    "cf-protection": ("none",),
    "zero-call-used-regs": ("skip",),
    "live-patching": (),
    "message-length": ("0",),
    "diagnostics-urls": ("auto", "never"),
    "diagnostics-column-unit": ("display", "byte"),
    "use-ld": ("bfd",),
}
"""Values that can be honoured, where not all can."""

SEPARATE: Final = frozenset(("-o", "-x", "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-iprefix", "-iwithprefix",
                             "-iwithprefixbefore", "-isysroot", "-imultilib", "-imultiarch", "-I", "-D", "-U", "-A", "-L", "-l", "-T", "-u", "-z", "-e",
                             "-MF", "-MT", "-MQ", "-Xlinker", "-Xassembler", "-Xpreprocessor", "-B", "--param", "-dumpbase", "-dumpbase-ext",
                             "-dumpdir", "-target", "-Tdata", "-Ttext", "-Tbss", "-h", "-wrapper", "-specs",
                             "-aux-info"))
"""Options whose argument may be the next word."""

JOINED: Final = ("-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-isysroot", "-iprefix", "-iwithprefixbefore",
                 "-iwithprefix", "-MF", "-MT", "-MQ", "-o", "-x", "-I", "-D", "-U", "-A", "-L", "-l", "-T", "-u", "-z", "-B", "-e")
"""Options whose argument may follow in the same word; longest first where one begins another."""

LONG: Final[dict[str, str]] = {
    "--all-warnings": "-Wall", "--ansi": "-ansi", "--assemble": "-S", "--comments": "-C", "--compile": "-c", "--define-macro": "-D",
    "--dependencies": "-M", "--extra-warnings": "-W", "--imacros": "-imacros", "--include": "-include", "--include-directory": "-I",
    "--include-directory-after": "-idirafter", "--include-prefix": "-iprefix", "--include-with-prefix-after": "-iwithprefix",
    "--include-with-prefix-before": "-iwithprefixbefore", "--language": "-x", "--library-directory": "-L", "--no-line-commands": "-P",
    "--no-standard-includes": "-nostdinc", "--no-warnings": "-w", "--output": "-o", "--pedantic": "-pedantic", "--pedantic-errors": "-pedantic-errors",
    "--pipe": "-pipe", "--prefix": "-B", "--preprocess": "-E", "--print-missing-file-dependencies": "-MG", "--shared": "-shared", "--static": "-static",
    "--symbolic": "-symbolic", "--trace-includes": "-H", "--trigraphs": "-trigraphs", "--undefine-macro": "-U", "--user-dependencies": "-MM",
    "--verbose": "-v", "--write-dependencies": "-MD", "--write-user-dependencies": "-MMD"}
"""Long names of options; an argument follows `=` or is the next word."""

LINKER_FLAGS: Final = frozenset(("-s", "-t", "-n", "-N", "-rdynamic", "-symbolic", "-r", "-static", "-shared", "-pie", "-no-pie", "-static-pie",
                                 "-nostdlib", "-nostartfiles", "-nodefaultlibs", "-nolibc", "-pthread", "-static-libgcc", "-shared-libgcc"))

IGNORED: Final = frozenset(("-pipe", "-Q", "-no-integrated-cpp", "-no-canonical-prefixes", "-canonical-prefixes", "-pass-exit-codes", "-quiet",
                            "-lang-asm", "-integrated-as", "-static-libstdc++"))
"""Options that ask for nothing that could differ here."""

LANGUAGES: Final[dict[str, str]] = {
    ".c": "c", ".i": "cpp-output", ".s": "assembler", ".S": "assembler-with-cpp", ".sx": "assembler-with-cpp", ".h": "c-header"}
"""Language by suffix; all else goes to the linker."""
FOREIGN_SUFFIXES: Final = frozenset((".cc", ".cp", ".cxx", ".cpp", ".CPP", ".c++", ".C", ".ii", ".m", ".mi", ".mm", ".M", ".f", ".f90", ".go", ".d", ".ads",
                                     ".adb"))
LANGUAGE_NAMES: Final = frozenset(("none", "c", "cpp-output", "assembler", "assembler-with-cpp", "c-header"))

STANDARDS: Final[dict[str, str]] = {
    "c89": "c90", "c90": "c90", "iso9899:1990": "c90", "iso9899:199409": "iso9899:199409", "gnu89": "gnu90", "gnu90": "gnu90",
    "c99": "c99", "c9x": "c99", "iso9899:1999": "c99", "iso9899:199x": "c99", "gnu99": "gnu99", "gnu9x": "gnu99",
    "c11": "c11", "c1x": "c11", "iso9899:2011": "c11", "gnu11": "gnu11", "gnu1x": "gnu11",
    "c17": "c17", "c18": "c17", "iso9899:2017": "c17", "iso9899:2018": "c17", "gnu17": "gnu17", "gnu18": "gnu17",
    "c2x": "c2x", "gnu2x": "gnu2x"}
