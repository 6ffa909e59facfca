import CBeast

/// Runs Swift tasks on one I/O loop of the transport.
///
/// `@unchecked`: the pointer never changes and posting is allowed on any thread. The server outlives the executor's jobs,
/// because it is destroyed only when no handler runs any more.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    private let server: OpaquePointer
    private let loop: UInt32

    init(server: OpaquePointer, loop: UInt32) {
        self.server = server
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        // A job is one word; it travels through C as one.
        let job = unsafeBitCast(UnownedJob(job), to: UnsafeMutableRawPointer.self)
        let run: @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void = { job, executor in
            let executor = Unmanaged<LoopExecutor>.fromOpaque(executor).takeUnretainedValue()
            unsafeBitCast(job, to: UnownedJob.self).runSynchronously(on: executor.asUnownedTaskExecutor())
        }
        beast_server_post(server, loop, run, job, Unmanaged.passUnretained(self).toOpaque())
    }
}
