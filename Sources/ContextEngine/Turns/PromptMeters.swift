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
        _ request: ModelRequest,
        planned: Int,
        within limit: Int,
        by meter: TokenMeter,
        for router: ModelRouter
    ) async throws -> Int? {
        guard Double(planned) >= Double(limit) * accounting.configuration.countFrom else { return nil }
        let model = router.preferred.model
        let counted = try await accounting.count(request, by: model, label: models.label(of: model.name))
        if let counted { accounting.learn(reported: counted, planned: planned, by: meter, from: model.name) }
        return counted
    }

    /// Takes what was reported with an answer as a measurement.
    func learn(from answer: ModelAnswer, planned: Int, by meter: TokenMeter) {
        guard let reported = answer.usage.input, answer.finish != nil else { return }
        accounting.learn(reported: reported, planned: planned, by: meter, from: answer.model)
        accounting.record(planned: planned, reported: reported, label: models.label(of: answer.model))
    }
}

/// How a prompt was measured.
package struct PromptMeasure: Hashable, Codable, Sendable {
    /// What the tokenizer's counts were multiplied by.
    package var factor: Double

    /// The whole prompt as the provider counted it before it was sent; `nil` where it was not asked.
    package var counted: Int?
}
