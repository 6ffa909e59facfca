import ContextCore
import LanguageModels
import Retrieval

/// A turn between its question and the end of its answer.
struct OpenTurn {
    let conversation: Conversation
    let question: ConversationMessage
    let assembly: PromptAssembler.Assembly
    let manifest: ContextManifest
    let caller: RequestContext
    var answer = ModelAnswer(model: ModelName(provider: "", model: ""))
    private let answerID = Identifier.random("m_")

    init(
        conversation: Conversation,
        question: ConversationMessage,
        assembly: PromptAssembler.Assembly,
        manifest: ContextManifest,
        caller: RequestContext
    ) {
        self.conversation = conversation
        self.question = question
        self.assembly = assembly
        self.manifest = manifest
        self.caller = caller
    }

    /// Who answers; `nil` as long as nobody has.
    private var model: String? { answer.model.provider.isEmpty ? nil : answer.model.description }

    func message(_ state: ConversationMessage.State) -> ConversationMessage {
        ConversationMessage(
            id: answerID,
            number: question.number + 1,
            role: .assistant,
            text: answer.text,
            createdAt: caller.now,
            state: state,
            model: model,
            manifestID: manifest.id,
            usage: answer.finish == nil ? nil : answer.usage,
            finishReason: answer.finish?.openAIName
        )
    }

    /// The manifest with what the provider reported.
    var accounted: ContextManifest {
        var manifest = manifest
        manifest.prompt?.note(model, answer.finish == nil ? nil : answer.usage)
        return manifest
    }

    func finished(explain: Bool) -> Turn {
        Turn(
            answer: message(.complete),
            context: context,
            citations: assembly.citations(in: answer.text),
            manifest: explain ? accounted : nil,
            isRepetition: false
        )
    }

    /// What the model is given, as callers are told.
    var context: TurnContext? { TurnContext(manifest, degraded: assembly.degraded) }
}
