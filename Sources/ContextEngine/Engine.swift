package import ContextCore
package import LanguageModels
package import Retrieval
package import Runtime

/// Everything that the ways in can ask for.
package struct Engine: Sendable {
    package let library: PassageLibrary
    package let sessions: ContextSessions
    package let interactions: Interactions
    package let discovery: Discovery
    package let trainingData: TrainingDataExport
    package let models: ModelCatalog
    package let conversations: Conversations
    package let chats: Chats
    package let jobs: Jobs
    package let summarizer: Summarizer
    package let compaction: Compaction
    package let compactionTasks: CompactionTasks
    package let prompts: Prompts
    package let ragSessions: RAGSessions
    package let sessionVectors: SessionVectorStore
    package let configuration: ContextConfiguration

    /// The clock, so that tests can set it.
    package let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - tokenizer: what contexts and prompts are counted by; `nil` is the embedder's for contexts and an estimate for prompts.
    ///   - accounting: what is learned of providers' own counts.
    package init(
        library: PassageLibrary,
        configuration: ContextConfiguration = ContextConfiguration(),
        models: ModelCatalog = .extractive(),
        conversations: ConversationConfiguration = ConversationConfiguration(),
        summaries: Summarizer.Configuration = Summarizer.Configuration(),
        jobs: JobConfiguration = JobConfiguration(),
        compaction: CompactionConfiguration = CompactionConfiguration(),
        prompts: PromptConfiguration = PromptConfiguration(),
        delegation: DelegationConfiguration = DelegationConfiguration(),
        directory: PrincipalDirectory = .local,
        ragSessions: RAGSessionConfiguration = RAGSessionConfiguration(),
        ragHooks: [any RAGSessionHook] = [],
        metrics: Metrics = Metrics(),
        sessionVectors: SessionVectorStore = SessionVectorStore(dimensions: 384),
        tokenizer: (any Tokenizer)? = nil,
        accounting: TokenAccounting = TokenAccounting(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.library = library
        self.configuration = configuration
        self.models = models
        let meters = PromptMeters(
            tokenizer ?? TokenEstimator(wordPieces: library.tokens.wordPieces),
            models: models,
            accounting: accounting
        )
        self.conversations = Conversations(
            library: library,
            models: models,
            context: configuration,
            configuration: conversations,
            meters: meters
        )
        chats = Chats(conversations: self.conversations, meter: meters.plain)
        self.jobs = Jobs(conversations: self.conversations, configuration: jobs)
        summarizer = Summarizer(models: models, configuration: summaries, meter: meters.plain)
        self.compaction = Compaction(
            library: library,
            summarizer: summarizer,
            meter: meters.plain,
            configuration: compaction,
            now: now
        )
        compactionTasks = CompactionTasks(compaction: self.compaction, database: library.database)
        self.sessionVectors = sessionVectors
        self.now = now
        self.prompts = Prompts(
            library: library,
            models: models,
            meters: meters,
            configuration: prompts
        )
        self.ragSessions = RAGSessions(
            conversations: self.conversations,
            authority: DelegationAuthority(delegation),
            directory: directory,
            configuration: ragSessions,
            hooks: ragHooks,
            metrics: metrics,
            now: now
        )
        sessions = ContextSessions(
            library: library,
            database: library.database,
            models: models,
            tokenizer: tokenizer ?? library.tokens,
            configuration: configuration
        )
        interactions = Interactions(library: library, limits: configuration.limits)
        discovery = Discovery(library: library, configuration: configuration)
        trainingData = TrainingDataExport(library: library)
    }
}
