/// What Ctrl-C means at this moment: it stops an answer, or drops the line that is being typed; a second one ends.
struct InterruptPlan: Equatable {
    enum Action: Equatable {
        case stopAnswer
        case dropLine
        case end
    }

    private enum State {
        case reading
        case answering
        /// After a first one, until something is typed.
        case warned
    }

    private var state = State.reading

    mutating func beganAnswer() { state = .answering }

    /// An answer that was stopped leaves the warning.
    mutating func endedAnswer() { if state == .answering { state = .reading } }

    mutating func readLine() { state = .reading }

    mutating func interrupted() -> Action {
        defer { state = .warned }
        switch state {
        case .reading: return .dropLine
        case .answering: return .stopAnswer
        case .warned: return .end
        }
    }
}
