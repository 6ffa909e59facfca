import ContextEngine

extension Configuration {
    /// How prompts are answered, put together from the settings of the model and of conversations.
    var prompts: PromptConfiguration {
        var prompts = PromptConfiguration()
        prompts.windowTokens = conversation.maximumContextTokens
        prompts.answerSentences = languageModel.answerSentences
        return prompts
    }
}
