import ContextAPI
import ContextEngine

extension Configuration {
    /// How prompts are answered, put together from the settings of the model and of conversations.
    var prompts: PromptConfiguration {
        var prompts = PromptConfiguration()
        prompts.windowTokens = conversation.contextTokens
        return prompts
    }

    /// A summary is made by a model with its own window.
    var summaries: Summarizer.Configuration {
        var summaries = Summarizer.Configuration()
        summaries.window = min(summaries.window, languageModel.contextWindow ?? .max)
        summaries.model = summaryModel
        return summaries
    }

    /// Whether anybody may ask for passages is one setting, for sockets and for jobs.
    var jobConfiguration: JobConfiguration {
        var jobs = jobs
        jobs.retrieves = sockets.isRAGEnabled
        return jobs
    }
}
