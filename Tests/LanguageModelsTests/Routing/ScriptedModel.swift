import LanguageModels
import Synchronization

/// A model whose answers are written down: each request takes the next one, and the last one again and again.
final class ScriptedModel: LanguageModel {
    enum Step: Sendable {
        case say(String)
        case fail(ModelError.Kind, retryAfter: Duration? = nil)
        case wait(Duration)
    }

    let name: ModelName
    private let script: [[Step]]
    private let asked = Mutex(0)
    private let running = Mutex((now: 0, most: 0))

    init(_ name: String, _ script: [Step]...) {
        self.name = ModelName(provider: "scripted", model: name)
        self.script = script
    }

    /// Requests so far.
    var requests: Int { asked.withLock(\.self) }

    /// The most that ran at once.
    var concurrency: Int { running.withLock(\.most) }

    func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
        let turn = asked.withLock { asked in
            asked += 1
            return asked - 1
        }
        running.withLock { running in
            running.now += 1
            running.most = max(running.most, running.now)
        }
        defer { running.withLock { $0.now -= 1 } }
        for step in script[min(turn, script.count - 1)] {
            switch step {
            case .say(let text): try await receive(.text(text))
            case .fail(let kind, let pause): throw ModelError(kind, name, "scripted", retryAfter: pause)
            case .wait(let duration): try await Task.sleep(for: duration)
            }
        }
        try await receive(.finished(.stop, TokenUsage(input: 1, output: 1)))
    }
}
