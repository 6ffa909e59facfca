/// The calls of former clients, for code that can't wait asynchronously yet.
extension RoostClient {
    /// The text of ``infer(_:)``.
    @available(*, deprecated, message: "It blocks its thread. Use ask(_:), or startConversation and sendMessage.")
    public func complete(_ prompt: String) throws -> String { try blockingAsk(prompt).message.content }

    /// Blocks the calling thread until ``ask(_:_:)`` has its answer.
    ///
    /// Called from a task it takes a thread of Swift's pool away from everybody else for as long as the model needs. It does
    /// not deadlock, not even when all of them are taken: the work runs on a thread of its own. On the main thread it
    /// freezes what people see.
    @available(*, deprecated, message: "It blocks its thread. Use ask(_:), or startConversation and sendMessage.")
    public func infer(_ prompt: String) throws -> Reply { try blockingAsk(prompt) }

    private func blockingAsk(_ prompt: String) throws -> Reply {
        try BlockingCall.run { try await ask(prompt) }
    }
}
