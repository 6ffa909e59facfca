import Glibc
import Runtime
import Synchronization
import Testing

@testable import roost

/// The built command in a terminal of its own, where a person types.
final class TypedCommand: Sendable {
    private let process: pid_t
    private let terminal: CInt
    private let screen = Mutex("")
    private let reader = BlockingExecutor(name: "terminal")

    init(_ roost: BuiltCommand, _ words: [String]) throws {
        terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (lock, number): (CInt, CInt) = (0, 0)
        try #require(terminal >= 0 && ioctl(terminal, Self.setLock, &lock) == 0)
        try #require(ioctl(terminal, Self.getNumber, &number) == 0)
        let path = "/dev/pts/\(number)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The first terminal that the leader of a session opens is the one whose Ctrl-C reaches it.
        posix_spawnattr_setflags(&attributes, Self.newSession)
        posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        process = try roost.spawn(words, &actions, &attributes)
    }

    deinit { close(terminal) }

    // Linux's TIOCSPTLCK, TIOCGPTN and glibc's POSIX_SPAWN_SETSID, macros that Swift does not see.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430
    private static let newSession: Int16 = 0x80

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(write(terminal, bytes, bytes.count) == bytes.count)
    }

    /// Waits until the screen shows `text`, and forgets everything up to there; the suite's time limit is the bound.
    ///
    /// - Returns: what stood before it.
    @discardableResult func wait(for text: String) async throws -> String {
        while true {
            let before: String? = screen.withLock { screen in
                guard let found = screen.firstRange(of: text) else { return nil }
                defer { screen = String(screen[found.upperBound...]) }
                return String(screen[..<found.lowerBound])
            }
            if let before { return before }
            let piece = await withTaskCancellationHandler {
                await reader.run { [terminal] in
                    var bytes = [UInt8](repeating: 0, count: 4_096)
                    let count = read(terminal, &bytes, bytes.count)
                    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
                }
            } onCancel: {
                kill(process, SIGKILL)
            }
            guard !piece.isEmpty else { throw Ended(screen: screen.withLock(\.self), wanted: text) }
            screen.withLock { $0 += piece }
        }
    }

    struct Ended: Error {
        let screen: String
        let wanted: String
    }

    /// The exit code, once it has ended.
    func end() async -> Int32 {
        await reader.run { [process] in
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
        }
    }
}
