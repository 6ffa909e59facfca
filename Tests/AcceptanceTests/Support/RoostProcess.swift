import Dispatch
import Glibc
import Runtime
import TestSupport
import Testing

/// The built program as a process of its own, the way a user runs it.
final class RoostProcess: Sendable {
    enum Ending: Equatable {
        case exited(Int32)
        case killed(by: Int32)
    }

    static let program = folder + "roost"

    /// That of the test bundle, where SwiftPM puts the programs, too.
    static let folder: String = {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let bundle = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        return String(bundle.prefix(through: bundle.lastIndex(of: "/") ?? bundle.startIndex))
    }()

    let id: pid_t
    private let output: Int32
    private let errorsPath: String
    private let reader = BlockingExecutor(name: "roost-output")
    private let end = Latch<Ending>()

    /// - Parameter errors: the file that gets its standard error, in place of what was in it.
    init(
        _ arguments: [String],
        environment: [String: String] = [:],
        errors: String,
        program: String = RoostProcess.program
    ) throws {
        // A named pipe: no child that is started meanwhile inherits its writing end, so its end is this child's.
        let pipe = errors + ".output"
        try #require(mkfifo(pipe, 0o600) == 0)
        defer { unlink(pipe) }
        output = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(output >= 0)
        errorsPath = errors
        id = try Self.spawn(program, arguments, Self.base.merging(environment) { $1 }, output: pipe, errors: errors)
        _ = fcntl(output, F_SETFL, 0)
        DispatchQueue(label: "roost-wait").async { [id, end] in
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1, errno == EINTR {}
            end.open(status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .killed(by: status & 0x7F))
        }
    }

    deinit { close(output) }

    /// Nothing of the tester's own settings but where programs and the model are, the sanitizers' settings, and where counts of
    /// coverage go.
    private static let base: [String: String] = {
        var variables: [String: String] = [:]
        let names = ["PATH", "HOME", "TMPDIR", "ROOST_MODEL"] + ToolVariables.names
        for name in names {
            variables[name] = getenv(name).map { String(cString: $0) }
        }
        return variables
    }()

    private static func spawn(
        _ program: String,
        _ arguments: [String],
        _ environment: [String: String],
        output: String,
        errors: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, program, &actions, nil, &words, &variables)
        try #require(code == 0, "\(program) can't be started: \(String(cString: strerror(code)))")
        return id
    }

    func ended() async -> Ending { await end.opened() }

    /// Nothing once the process has ended: its id may be another's then.
    func send(_ signal: Int32) {
        guard end.value == nil else { return }
        kill(id, signal)
    }

    /// The next line of its output without the newline; `nil` at the end.
    func line() async throws -> String? {
        await reader.run { [output] in
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while read(output, &byte, 1) == 1 {
                if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
                line.append(byte)
            }
            return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
        }
    }

    /// What it has said on its standard error so far.
    var errors: String { (try? Files.text(of: errorsPath)) ?? "" }
}

extension RoostProcess {
    struct Result {
        let ending: Ending
        let output: [String]
        let errors: String
    }

    /// Runs a command to its end.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: TemporaryFolder,
        program: String = RoostProcess.program
    ) async throws -> Result {
        let process = try RoostProcess(
            arguments,
            environment: environment,
            errors: folder.newFile("errors"),
            program: program
        )
        var lines: [String] = []
        while let line = try await process.line() { lines.append(line) }
        return Result(ending: await process.ended(), output: lines, errors: process.errors)
    }
}
