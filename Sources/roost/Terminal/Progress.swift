import Runtime
import Synchronization

/// Count, rate and time left of long work: a line that changes on a terminal, a plain one now and then elsewhere.
final class Progress: Sendable {
    private struct State {
        var done = 0
        var shown: MonotonicTime
    }

    private let terminal: Terminal
    private let noun: String
    private let total: Int?
    private let begin = MonotonicTime.now
    private let state: Mutex<State>

    /// - Parameter total: `nil` when nobody knows how many there are.
    init(_ terminal: Terminal, _ noun: String, total: Int?) {
        self.terminal = terminal
        self.noun = noun
        self.total = total
        state = Mutex(State(shown: begin))
    }

    private var interval: Double { terminal.isInteractive ? 0.1 : 10 }

    func advance(by count: Int = 1) {
        let now = MonotonicTime.now
        let done = state.withLock { state -> Int? in
            state.done += count
            guard now.seconds(since: state.shown) >= interval else { return nil }
            state.shown = now
            return state.done
        }
        guard let done else { return }
        show(line(done, seconds: now.seconds(since: begin)))
    }

    /// Takes the changing line away.
    func finish() { if terminal.isInteractive { terminal.replace(with: "") } }

    var seconds: Double { MonotonicTime.now.seconds(since: begin) }

    private func show(_ line: String) {
        if terminal.isInteractive { terminal.replace(with: line) } else { terminal.note(line) }
    }

    func line(_ done: Int, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(done) / seconds : 0
        guard let total, total > 0 else { return "\(done) \(noun), \(rate.rounded(to: 1))/s" }
        let left = rate > 0 ? Double(total - done) / rate : 0
        return
            "\(done) of \(total) \(noun) (\(done * 100 / total) %), \(rate.rounded(to: 1))/s, \(Self.duration(left)) left"
    }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3_600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }
}

extension Double {
    func rounded(to digits: Int) -> Double {
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        return (self * factor).rounded() / factor
    }
}
