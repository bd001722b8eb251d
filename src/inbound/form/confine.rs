//! What the reading child takes from itself before it looks at a document: files, sockets, programs, threads, and memory,
//! time and handles beyond its limits. What is left are its pipes, its memory and its processor.
//!
//! # Failure policy
//!
//! A limit of `setrlimit(2)` that cannot be set ends the child. Landlock and seccomp may be missing from a kernel: the
//! child reads all the same, for mail must not stand still, and [`Attempt`]s say which of them is missing (`check`, and the log
//! at the start of `run`). An attempt tries the thing itself, in a child confined by the same function: what is proved
//! is the effect, not the call.

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, Scope};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::fs::File;
use std::io::{self, Write};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Command, ExitCode};

/// Memory for the reading itself, and what the program and its libraries take on top.
const MEMORY: u64 = (512 + 64) * 1024 * 1024;
/// Of all its documents together. Fifty ordinary ones take a tenth of a second; one that is killed because others used
/// the time up is read again by a fresh process.
const CPU_SECONDS: u64 = 15;
const HANDLES: u64 = 16;

/// Confines this process for good.
pub(super) fn confine() -> io::Result<()> {
    limit(CPU_SECONDS)?;
    // Whether it took hold is told by trying; see the failure policy.
    let _files_stay_open = deny_files().is_err();
    let _calls_stay_open = deny_calls().is_err();
    Ok(())
}

/// `RLIMIT_NPROC` is left alone: it counts all processes of the user, not this one's.
fn limit(cpu_seconds: u64) -> io::Result<()> {
    let at_most = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::Core, at_most(0))?;
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Nofile, at_most(HANDLES))?;
    setrlimit(Resource::Cpu, at_most(cpu_seconds))?;
    setrlimit(Resource::As, at_most(MEMORY))?;
    Ok(())
}

/// Landlock with no rule that allows anything: no file or folder by name, and, from the kernels on that know them, no TCP,
/// no abstract socket and no signal to another process.
fn deny_files() -> Result<(), RulesetError> {
    const NEWEST: ABI = ABI::V6;
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .restrict_self()?;
    Ok(())
}

/// What reading needs of the kernel. Everything else fails with EPERM: sockets, programs, threads, names of files.
const CALLS: [i64; 23] = [
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];
/// Those whose third argument says what memory may do: never run.
const MEMORY_CALLS: [i64; 2] = [libc::SYS_mmap, libc::SYS_mprotect];

fn deny_calls() -> Result<(), seccompiler::Error> {
    let executable = libc::PROT_EXEC.unsigned_abs().into();
    let never_run = SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(executable), 0)?;
    let never_run = SeccompRule::new(vec![never_run])?;
    let rules = CALLS
        .map(|call| (call, Vec::new()))
        .into_iter()
        .chain(MEMORY_CALLS.map(|call| (call, vec![never_run.clone()])))
        .collect();
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, refuse, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter(&program)
}

/// Something a confined child must not be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Open a file, with Landlock alone in the way.
    FileByLandlock,
    /// Open a file.
    File,
    /// Reach another program over a socket.
    Socket,
    /// Start a program.
    Program,
    /// Start a thread, which would come by a limit of its own.
    Thread,
    /// Take more memory than its limit.
    Memory,
    /// Hold more files open than its limit.
    Handles,
    /// Write to a file it was given.
    Write,
    /// Use more processor time than its limit; tried with a limit of one second.
    Processor,
}

impl Attempt {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::FileByLandlock,
        Self::File,
        Self::Socket,
        Self::Program,
        Self::Thread,
        Self::Memory,
        Self::Handles,
        Self::Write,
        Self::Processor,
    ];
    /// Those that depend on the kernel, take no time and need nothing prepared: tried by `check` and when `run` starts.
    pub const OF_THE_KERNEL: [Self; 4] = [Self::FileByLandlock, Self::File, Self::Socket, Self::Program];

    /// The argument behind the hidden verb.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FileByLandlock => "file-by-landlock",
            Self::File => "file",
            Self::Socket => "socket",
            Self::Program => "program",
            Self::Thread => "thread",
            Self::Memory => "memory",
            Self::Handles => "handles",
            Self::Write => "write",
            Self::Processor => "processor",
        }
    }

    /// What it means that it succeeded, in words for an operator.
    pub const fn words(self) -> &'static str {
        match self {
            Self::FileByLandlock => {
                "this kernel does not enforce Landlock, the second of two locks that keep a document's reader from files"
            }
            Self::File => "the process that reads documents can open files: neither Landlock nor seccomp holds it",
            Self::Socket => "the process that reads documents can open sockets: seccomp does not hold it",
            Self::Program => "the process that reads documents can start programs: seccomp does not hold it",
            Self::Thread | Self::Memory | Self::Handles | Self::Write | Self::Processor => {
                "the process that reads documents is not kept within its limits"
            }
        }
    }

    /// The body of the hidden verb with an argument: confines this process as for reading, and tries. Exit code 0 says
    /// that it was refused, `LET` that it was not; a limit may also end the process.
    pub fn carry_out(self) -> ExitCode {
        let confined = match self {
            Self::FileByLandlock => {
                let _stays_open = deny_files().is_err();
                Ok(())
            }
            Self::Processor => limit(1),
            Self::Handles => limit(CPU_SECONDS),
            _ => confine(),
        };
        if confined.is_err() {
            return ExitCode::from(3);
        }
        match self.succeeds() {
            true => ExitCode::from(LET),
            false => ExitCode::SUCCESS,
        }
    }

    fn succeeds(self) -> bool {
        match self {
            Self::FileByLandlock | Self::File => File::open("/").is_ok(),
            Self::Socket => UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).is_ok(),
            Self::Program => {
                // That there is none of this name is found out by who may start one.
                let tried = Command::new("/nothing").spawn();
                tried.map_or_else(|error| error.kind() != io::ErrorKind::PermissionDenied, |_| true)
            }
            Self::Thread => std::thread::Builder::new().spawn(|| ()).is_ok(),
            Self::Memory => {
                let most = usize::try_from(MEMORY).unwrap_or(usize::MAX);
                Vec::<u8>::new().try_reserve_exact(most).is_ok()
            }
            Self::Handles => {
                let many: Vec<File> = (0..=HANDLES).map_while(|_| File::open("/dev/null").ok()).collect();
                many.len() as u64 > HANDLES - 3
            }
            Self::Write => {
                let mut out = io::stdout().lock();
                out.write_all(b"x").and_then(|()| out.flush()).is_ok()
            }
            Self::Processor => (0..u64::MAX).map(std::hint::black_box).any(|n| n == u64::MAX - 1),
        }
    }
}

/// Exit code of an attempt that was not refused.
pub(super) const LET: u8 = 4;
