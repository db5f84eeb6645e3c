/* The unwinder on x86. */
#include "../unwind-entry.h"
#ifdef __x86_64__
/* 0 rax 1 rdx 2 rcx 3 rbx 4 rsi 5 rdi 6 rbp 7 rsp 8-15 r8-r15 16 return address 17 ip, then what the C part keeps there */
#define SIZE 248
        .macro go body
        leaq 8(%rsp), %rax
        subq $SIZE, %rsp
        .cfi_adjust_cfa_offset SIZE
        movq %rbx, 24(%rsp)
        movq %rbp, 48(%rsp)
        movq %rax, 56(%rsp)
        movq %r12, 96(%rsp)
        movq %r13, 104(%rsp)
        movq %r14, 112(%rsp)
        movq %r15, 120(%rsp)
        movq SIZE(%rsp), %rax
        movq %rax, 136(%rsp)
        movq $0, 184(%rsp)
        movq %rdx, %rcx
        movq %rsi, %rdx
        movq %rdi, %rsi
        movq %rsp, %rdi
        call \body
        addq $SIZE, %rsp
        .cfi_adjust_cfa_offset -SIZE
        ret
        .endm
#else
/* 0 eax 1 ecx 2 edx 3 ebx 4 esp 5 ebp 6 esi 7 edi 8 return address 9 ip; four words of arguments below */
#define SIZE 92
        .macro go body
        leal 4(%esp), %eax
        subl $SIZE, %esp
        .cfi_adjust_cfa_offset SIZE
        movl %ebx, 28(%esp)
        movl %eax, 32(%esp)
        movl %ebp, 36(%esp)
        movl %esi, 40(%esp)
        movl %edi, 44(%esp)
        movl SIZE(%esp), %eax
        movl %eax, 52(%esp)
        movl $0, 76(%esp)
        leal 16(%esp), %eax
        movl %eax, (%esp)
        movl SIZE + 4(%esp), %eax
        movl %eax, 4(%esp)
        movl SIZE + 8(%esp), %eax
        movl %eax, 8(%esp)
        movl SIZE + 12(%esp), %eax
        movl %eax, 12(%esp)
        call \body
        addl $SIZE, %esp
        .cfi_adjust_cfa_offset -SIZE
        ret
        .endm
#endif
        entries

/* Into a context: the last values travel over the new stack, so that nothing below the stack pointer is read. */
        begin __tcc_unwind_install
#ifdef __x86_64__
        movq 56(%rdi), %rcx
        movq 136(%rdi), %rax
        movq %rax, -8(%rcx)
        movq 40(%rdi), %rax
        movq %rax, -16(%rcx)
        movq 16(%rdi), %rax
        movq %rax, -24(%rcx)
        subq $24, %rcx
        movq (%rdi), %rax
        movq 8(%rdi), %rdx
        movq 24(%rdi), %rbx
        movq 32(%rdi), %rsi
        movq 48(%rdi), %rbp
        movq 64(%rdi), %r8
        movq 72(%rdi), %r9
        movq 80(%rdi), %r10
        movq 88(%rdi), %r11
        movq 96(%rdi), %r12
        movq 104(%rdi), %r13
        movq 112(%rdi), %r14
        movq 120(%rdi), %r15
        movq %rcx, %rsp
        popq %rcx
        popq %rdi
        ret
#else
        movl 4(%esp), %edi
        movl 16(%edi), %ecx
        movl 36(%edi), %eax
        movl %eax, -4(%ecx)
        movl 28(%edi), %eax
        movl %eax, -8(%ecx)
        movl 4(%edi), %eax
        movl %eax, -12(%ecx)
        subl $12, %ecx
        movl (%edi), %eax
        movl 8(%edi), %edx
        movl 12(%edi), %ebx
        movl 20(%edi), %ebp
        movl 24(%edi), %esi
        movl %ecx, %esp
        popl %ecx
        popl %edi
        ret
#endif
        end __tcc_unwind_install
