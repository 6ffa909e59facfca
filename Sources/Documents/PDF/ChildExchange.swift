import Glibc

/// Feeds a child process and drains it, until both its outputs are closed.
struct ChildExchange {
    private(set) var received: [UInt8] = []
    private(set) var complaint: [UInt8] = []

    private var input: ArraySlice<UInt8>
    private let feed: Int32
    private let limits: DocumentLimits
    private var isFeeding = true
    /// Standard output and standard error; −1 once closed, which `poll` passes over.
    private var outputs: [Int32]

    /// Complaints beyond this are read and dropped.
    private static let longestComplaint = 16 << 10
    private static let pieceBytes = 64 << 10

    init(input: ArraySlice<UInt8>, feed: Int32, output: Int32, message: Int32, limits: DocumentLimits) {
        self.input = input
        self.feed = feed
        self.limits = limits
        outputs = [output, message]
    }

    mutating func run() throws(DocumentError) {
        let deadline = ContinuousClock.now + .seconds(limits.childSeconds)
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        while outputs.contains(where: { $0 >= 0 }) {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else {
                throw .tooLarge(.childSeconds, value: limits.childSeconds + 1, limit: limits.childSeconds)
            }
            var events = [pollfd(fd: isFeeding ? feed : -1, events: Int16(POLLOUT), revents: 0)]
            events += outputs.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            guard poll(&events, nfds_t(events.count), Int32(clamping: milliseconds)) > 0 else { continue }
            if events[0].revents != 0 { send() }
            for index in 0...1 where events[index + 1].revents != 0 { try receive(index, &piece) }
        }
    }

    /// Writes what the child takes; a child that hangs up has read enough.
    private mutating func send() {
        let sent = input.withUnsafeBytes { Glibc.send(feed, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if sent > 0 { input = input.dropFirst(sent) }
        let hasFailed = sent < 0 && errno != EAGAIN && errno != EINTR
        if input.isEmpty || hasFailed {
            isFeeding = false
            shutdown(feed, Int32(SHUT_WR))
        }
    }

    private mutating func receive(_ index: Int, _ piece: inout [UInt8]) throws(DocumentError) {
        let count = read(outputs[index], &piece, piece.count)
        guard count > 0 else {
            if count == 0 || errno != EAGAIN && errno != EINTR { outputs[index] = -1 }
            return
        }
        if index == 0 {
            received += piece[..<count]
            guard received.count <= limits.textBytes else {
                throw .tooLarge(.textBytes, value: received.count, limit: limits.textBytes)
            }
        } else if complaint.count < Self.longestComplaint {
            complaint += piece[..<count]
        }
    }
}
