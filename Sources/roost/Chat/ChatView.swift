import ContextCore
import ContextEngine
import LanguageModels

/// What a chat shows.
enum ChatNews: Sendable {
    /// The conversation that goes on from here; `nil` for one that the next message begins.
    case conversation(Conversation?)

    /// The first message has begun this one.
    case began(Conversation)
    case model(ModelName, requested: String?)
    case models([ModelName])
    case context(ContextAccount?)
    case history([ConversationMessage])
    case conversations([Conversation])
    case system(String?)
    case help

    case event(ConversationEvent)

    /// The answer was stopped; what was said is kept.
    case stopped

    /// What can't be done, in a sentence; the chat goes on where a person can decide how.
    case failed(ContextError)
}

/// Where a chat is shown.
protocol ChatView: Sendable {
    /// Whether a person sees it and can do something about what fails.
    var hasPerson: Bool { get }

    func show(_ news: ChatNews) throws

    /// Asks for a line.
    func prompt(isWithinMessage: Bool)

    /// A remark for a person; programs get none.
    func remark(_ sentence: String)
}
