import CSpawn
import Glibc

/// A program that reads a hostile file: input through its standard input, output and complaints back, all bounded.
///
/// - Input goes through a socket, not a file: no name, no traces on the disk. It is sent only after the kernel's
///   limits on memory and processor time are set, so that no byte of it is read without them.
/// - The child inherits no descriptor but its three, an empty signal mask, and an environment of two fixed variables.
/// - One `poll` loop feeds and drains it until it closes its ends or the time is up; then it is killed if need be and
///   always waited for, on every path.
struct ChildProcess {
    let path: String
    let arguments: [String]
    /// The Debian package that holds the program, for the message when it is missing.
    let package: String
    let limits: DocumentLimits

    struct Result {
        let output: [UInt8]
        let message: [UInt8]
        /// The exit status; 128 and the signal's number if a signal ended it, as shells have it.
        let status: Int32
    }

    func run(_ input: ArraySlice<UInt8>) throws(DocumentError) -> Result {
        let name = FileName(path).whole
        guard access(path, X_OK) == 0 else { throw .toolMissing(tool: name, package: package) }
        guard let feed = Channel(), let output = Channel(), let message = Channel() else {
            throw .toolFailed(tool: name, reason: "no free file descriptors")
        }
        let child = try spawn(name, [feed.theirs, output.theirs, message.theirs])
        for channel in [feed, output, message] { channel.closeTheirs() }
        defer { for channel in [feed, output, message] { channel.closeOurs() } }
        var exchange = ChildExchange(
            input: input,
            feed: feed.ours,
            output: output.ours,
            message: message.ours,
            limits: limits
        )
        do {
            try exchange.run()
        } catch {
            kill(child, SIGKILL)
            _ = wait(for: child)
            throw error
        }
        let status = wait(for: child)
        if status == 128 + SIGXCPU || status == 128 + SIGKILL {
            let limit = limits.childProcessorSeconds
            throw .tooLarge(.childProcessorSeconds, value: limit + 1, limit: limit)
        }
        return Result(output: exchange.received, message: exchange.complaint, status: status)
    }

    private func spawn(_ name: String, _ descriptors: [Int32]) throws(DocumentError) -> pid_t {
        let bounds = cspawn_limits(
            address_space_bytes: UInt64(limits.childMemoryBytes),
            processor_seconds: UInt64(limits.childProcessorSeconds)
        )
        let child = withCStrings([path] + arguments) { arguments in
            withCStrings(["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"]) { environment in
                cspawn_start(path, arguments, environment, descriptors, bounds)
            }
        }
        guard child > 0 else { throw .toolFailed(tool: name, reason: String(cString: strerror(-child))) }
        return child
    }

    private func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}

/// Two connected sockets, one for each side; neither survives an `exec` elsewhere in this process.
private struct Channel {
    let ours: Int32
    let theirs: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        // Descriptors 0 to 2 would be overwritten by the child's own: a server has those open.
        ours = ends[0]
        theirs = ends[1]
        _ = fcntl(ours, F_SETFL, O_NONBLOCK)
    }

    func closeOurs() { close(ours) }
    func closeTheirs() { close(theirs) }
}
