import ContextEngine
import LanguageModels

extension Configuration {
    /// How prompts are answered, put together from the settings of the model and of conversations.
    var prompts: PromptConfiguration {
        var prompts = PromptConfiguration()
        prompts.windowTokens = conversation.contextTokens
        prompts.sampling = languageModel.sampling
        return prompts
    }

    var conversations: ConversationConfiguration {
        var conversations = conversation
        conversations.sampling = languageModel.sampling
        return conversations
    }
}

extension LanguageModelSettings {
    /// The system's fixed defaults.
    fileprivate var sampling: Sampling { Sampling(maxTokens: maximumTokens, temperature: temperature) }
}
