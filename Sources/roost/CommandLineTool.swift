import ContextCore
import Glibc
import Runtime
import VectorSearch

@main
enum CommandLineTool {
    static func main() {
        FreedMemory.prepare()
        let words = Array(CommandLine.arguments.dropFirst())
        let environment = Environment.process
        Signals.run { stop, interrupts in await run(words, environment, stop: stop, interrupts) }
    }

    /// - Returns: the exit code: 0 done, 1 failed, 2 not understood.
    static func run(
        _ words: [String],
        _ environment: Environment,
        stop: Latch<Void>,
        _ interrupts: Interrupts
    ) async -> Int32 {
        let terminal = Terminal(environment: environment)
        do {
            try await dispatch(words, environment, terminal, stop, interrupts)
            return 0
        } catch let error as UsageError {
            terminal.note("roost: \(error)")
            return 2
        } catch is AlreadyTold {
            return 1
        } catch is CancellationError {
            terminal.note("roost: stopped")
            return 128 + SIGINT
        } catch let error as Terminal.OutputFailure where error.isClosedPipe {
            return 128 + SIGPIPE
        } catch let error as ContextError {
            terminal.note("roost: \(error.message)")
            return 1
        } catch {
            terminal.note("roost: \(error)")
            return 1
        }
    }

    private static func dispatch(
        _ words: [String],
        _ environment: Environment,
        _ terminal: Terminal,
        _ stop: Latch<Void>,
        _ interrupts: Interrupts
    ) async throws {
        guard let name = words.first else { throw UsageError("no command was given.\n\n\(CommandTable.help)") }
        if ["--help", "-h", "help"].contains(name) { return try terminal.print(CommandTable.help) }
        let type = try CommandTable.command(name == "--version" ? "version" : name)
        let arguments = try ArgumentParser(syntax: type.syntax).parse(words.dropFirst())
        if arguments.flags.contains("help") { return try terminal.print(type.syntax.help) }
        let command = try type.init(arguments)
        let effective = try ConfigurationReader(environment: environment).read(
            file: arguments.values["config"],
            dataDirectory: arguments.values["data"],
            overrides: command.overrides
        )
        let invocation = Invocation(
            effective: effective,
            environment: environment,
            terminal: terminal,
            wantsJSON: arguments.flags.contains("json"),
            log: log(effective.values.log.level),
            stop: stop,
            interrupts: interrupts
        )
        try await run(command, invocation)
    }

    /// Runs the command until it is done or a signal asks it to stop.
    private static func run(_ command: some Command, _ invocation: Invocation) async throws {
        guard !(command is ServeCommand) else { return try await command.run(invocation) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await command.run(invocation)
                return true
            }
            group.addTask {
                try await invocation.stop.wait()
                return false
            }
            let isDone = try await group.next() ?? true
            group.cancelAll()
            if !isDone {
                _ = try? await group.next()
                if !command.endsBySignal { throw CancellationError() }
            }
        }
    }

    private static func log(_ level: String) -> Log {
        Log.Level(name: level).map { Log(level: $0) } ?? .disabled
    }
}
