package import ContextCore
package import LanguageModels

/// Measures prompts for those who may answer them, and learns from what their providers count.
package struct PromptMeters: Sendable {
    package let tokenizer: any Tokenizer
    private let models: ModelCatalog
    private let accounting: TokenAccounting

    package init(_ tokenizer: any Tokenizer, models: ModelCatalog, accounting: TokenAccounting = TokenAccounting()) {
        self.tokenizer = tokenizer
        self.models = models
        self.accounting = accounting
    }

    /// For texts of which nobody knows who reads them.
    package var plain: TokenMeter { TokenMeter(tokenizer, perImage: accounting.configuration.perImage) }

    /// On the safe side for whoever of them answers.
    func meter(for router: ModelRouter) -> TokenMeter {
        accounting.meter(tokenizer, for: router.models.map(\.name))
    }

    /// The preferred provider's count of a prompt that was planned near its limit; `nil` where it isn't worth asking, or
    /// the provider can't say in time.
    func count(
        _ assembly: PromptAssembler.Assembly,
        within limit: Int,
        for router: ModelRouter
    ) async throws -> Int? {
        let planned = assembly.prompt.ledger.total
        guard Double(planned) >= Double(limit) * accounting.configuration.countFrom else { return nil }
        let model = router.preferred.model
        let counted = try await accounting.count(assembly.request, by: model, label: models.label(of: model.name))
        if let counted { learn(counted, of: assembly, by: model.name) }
        return counted
    }

    /// Takes what was reported with an answer as a measurement.
    func learn(from answer: ModelAnswer, to assembly: PromptAssembler.Assembly) {
        guard let reported = answer.usage.input, answer.finish != nil else { return }
        learn(reported, of: assembly, by: answer.model)
        let planned = assembly.prompt.ledger.total
        accounting.record(planned: planned, reported: reported, label: models.label(of: answer.model))
    }

    /// Pictures are guessed at, so a prompt with one teaches nothing about texts.
    private func learn(_ counted: Int, of assembly: PromptAssembler.Assembly, by model: ModelName) {
        let hasImages = assembly.prompt.messages.contains { message in
            message.content.contains { if case .image = $0 { true } else { false } }
        }
        guard !hasImages else { return }
        accounting.learn(
            reported: counted,
            planned: assembly.prompt.ledger.total,
            by: assembly.meter,
            from: model
        )
    }
}

/// How a prompt was measured.
package struct PromptMeasure: Hashable, Codable, Sendable {
    /// What the tokenizer's counts were multiplied by.
    package var factor: Double

    /// The whole prompt as the provider counted it before it was sent; `nil` where it was not asked.
    package var counted: Int?
}
