import FoundationEssentials
import Glibc
import Runtime
import SQL
import TestSupport

@testable import roost

/// The command has one of its own, for benchmarks.
typealias SeededGenerator = TestSupport.SeededGenerator

/// A configuration in `directory` with the local model if it is there, else on keywords alone.
func configuration(in directory: String, withModel: Bool = false) -> Configuration {
    var configuration = Configuration(dataDirectory: directory + "/data")
    configuration.database.durability = .normal
    configuration.search.isEnabled = withModel
    configuration.embeddings.modelPath = InstalledModel.folder
    return configuration
}

func write(_ text: String, to path: String) throws {
    if let slash = path.lastIndex(of: "/") { try FileSystem.createDirectory(String(path[..<slash])) }
    try AtomicFile.write(Array(text.utf8), to: path)
}

/// The built command as a process of its own.
struct BuiltCommand {
    struct Result {
        let code: Int32
        let output: String
        let errors: String
    }

    /// A process that runs; its output goes into files.
    struct Running {
        let process: pid_t
        let files: (output: String, errors: String)

        func end(with signal: Int32? = nil) throws -> Result {
            if let signal { kill(process, signal) }
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
            return Result(code: code, output: try text(files.output), errors: try text(files.errors))
        }

        func text(_ path: String) throws -> String { String(decoding: try FileSystem.read(path), as: UTF8.self) }
    }

    /// The tests lie beside it in the build directory.
    static let path: String = {
        let tests = FileSystem.absolute("/proc/self/exe") ?? ""
        return tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/roost"
    }()

    private static let tools = ToolVariables.names.compactMap { (name: String) in
        getenv(name).map { "\(name)=\(String(cString: $0))" }
    }

    let directory: String

    /// Further variables of the environment.
    var variables: [String: String] = [:]

    /// - Parameters:
    ///   - input: what stands on standard input; nothing by default.
    ///   - output: a descriptor for standard output instead of the file.
    func start(_ words: [String], input: String = "", output: CInt? = nil) throws -> Running {
        let files = (output: directory + "/stdout", errors: directory + "/stderr")
        try FileSystem.write(Array(input.utf8), to: directory + "/stdin")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, path) in [(1, files.output), (2, files.errors)] {
            posix_spawn_file_actions_addopen(&actions, Int32(descriptor), path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        posix_spawn_file_actions_addopen(&actions, 0, directory + "/stdin", O_RDONLY, 0)
        if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) }
        return Running(process: try spawn(words, &actions, nil), files: files)
    }

    func spawn(
        _ words: [String],
        _ actions: inout posix_spawn_file_actions_t,
        _ attributes: UnsafePointer<posix_spawnattr_t>?
    ) throws -> pid_t {
        var arguments: [UnsafeMutablePointer<CChar>?] = ([Self.path] + words).map { strdup($0) } + [nil]
        let own = ["HOME=\(directory)", "ROOST_LOG_LEVEL=warning", "ROOST_DATA=\(directory)/data"]
        let environment = own + Self.tools + self.variables.map { "\($0.key)=\($0.value)" }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var process = pid_t()
        let code = posix_spawn(&process, Self.path, &actions, attributes, &arguments, &variables)
        guard code == 0 else { throw FileSystem.Failure(path: Self.path, code: code) }
        return process
    }

    func run(_ words: String...) throws -> Result { try start(words).end() }

    /// Without blocking a thread that somebody else's answer may need.
    func call(_ words: [String], input: String = "", output: CInt? = nil) async throws -> Result {
        try await BlockingExecutor(name: "command").run { try start(words, input: input, output: output).end() }
    }

    func call(_ words: String...) async throws -> Result { try await call(words) }
}
