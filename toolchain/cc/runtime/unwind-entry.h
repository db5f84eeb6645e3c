/* Entry points of the unwinder: registers of the caller into a context, the C part, back; and the way into a context.
   This is what the targets share.  Each defines a macro `go body`, which leaves with the C part's answer, before it says `entries`. */
        .macro begin name
        .globl \name
        .type \name, @function
\name:
        .endm
        .macro end name
        .size \name, . - \name
        .endm
        .macro entry name, body
        begin \name
        .cfi_startproc
        go \body
        .cfi_endproc
        end \name
        .hidden \body
        .endm
        .macro entries
        .text
        entry _Unwind_RaiseException, __tcc_unwind_raise
        entry _Unwind_ForcedUnwind, __tcc_unwind_forced
        entry _Unwind_Resume, __tcc_unwind_resume
        entry _Unwind_Resume_or_Rethrow, __tcc_unwind_rethrow
        entry _Unwind_Backtrace, __tcc_unwind_backtrace
        .endm
        .hidden __tcc_unwind_install
        .section .note.GNU-stack, "", @progbits
