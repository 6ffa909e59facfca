package import ContextCore
package import Runtime
import Synchronization

/// What is known of how providers count: learned from the usage that they report, or asked before a prompt goes out.
///
/// Planning counts many texts and can't wait, so it counts here and multiplies; a provider that counts for others is asked
/// once, about the whole prompt, and only when the plan comes near its limit. All of it is bounded, whatever names of
/// models callers bring.
package final class TokenAccounting: Sendable {
    package struct Configuration: Sendable {
        /// For a provider to count a prompt; 0 asks none.
        package var countTimeout = Duration.seconds(1)

        /// The share of its limit from which a planned prompt is counted by the provider.
        package var countFrom = 0.7

        /// Tokens of a picture.
        package var perImage = TokenMeter.defaultPerImage

        /// Models whose calibration is remembered.
        package var models = 64

        /// Prompts whose count is remembered, for a turn that is tried again.
        package var prompts = 256

        package init() {}
    }

    private struct State {
        var calibrations: RecentMap<String, TokenCalibration>
        var counts: RecentMap<String, Int>
    }

    package let configuration: Configuration
    private let metrics: Metrics
    private let state: Mutex<State>

    package init(_ configuration: Configuration = Configuration(), metrics: Metrics = Metrics()) {
        self.configuration = configuration
        self.metrics = metrics
        state = Mutex(
            State(
                calibrations: RecentMap(capacity: configuration.models),
                counts: RecentMap(capacity: configuration.prompts)
            )
        )
    }

    /// A meter on the safe side for each of these models.
    package func meter(_ tokenizer: any Tokenizer, for models: [ModelName]) -> TokenMeter {
        let factor = state.withLock { state in
            models.map { state.calibrations.value(for: Self.key(tokenizer, $0))?.factor ?? tokenizer.margin }.max()
        }
        return TokenMeter(tokenizer, factor: factor, perImage: configuration.perImage)
    }

    /// Learns from what a provider counted, before or after the answer.
    ///
    /// - Parameters:
    ///   - planned: tokens of the same prompt by `meter`.
    package func learn(reported: Int, planned: Int, by meter: TokenMeter, from model: ModelName) {
        guard reported > 0, planned > 0 else { return }
        let key = Self.key(meter.tokenizer, model)
        state.withLock { state in
            var calibration =
                state.calibrations.value(for: key) ?? TokenCalibration(margin: meter.tokenizer.margin)
            calibration.learn(reported: reported, counted: Double(planned) / meter.factor)
            state.calibrations.insert(calibration, for: key)
        }
    }

    /// Counts how far a plan was off.
    ///
    /// - Parameter label: the model as metrics have it.
    package func record(planned: Int, reported: Int, label: String) {
        guard reported > 0 else { return }
        metrics.histogram(
            "roost_model_token_error",
            "Planned tokens of a prompt, less those that the provider counted, as a share of these.",
            ["model": label],
            bounds: Self.errorBounds
        ).record(Double(planned - reported) / Double(reported))
    }

    private static let errorBounds = [-0.5, -0.2, -0.1, -0.05, -0.02, 0, 0.02, 0.05, 0.1, 0.2, 0.5, 1]

    private static func key(_ tokenizer: any Tokenizer, _ model: ModelName) -> String {
        "\(tokenizer.name) \(model)"
    }

    /// The tokens of a prompt as the model's provider counts them; `nil` where it can't say, or not in time.
    ///
    /// - Throws: only `CancellationError`, when the caller has gone.
    package func count(_ request: ModelRequest, by model: any LanguageModel, label: String) async throws -> Int? {
        guard configuration.countTimeout > .zero, model.countsTokens else { return nil }
        let key = try Self.key(request, model.name)
        if let known = state.withLock({ $0.counts.value(for: key) }) { return known }
        let counted: Int?
        do {
            counted = try await limited(to: configuration.countTimeout) { try await model.countTokens(of: request) }
                .flatMap(\.self)
        } catch is ModelError {
            counted = nil
        }
        metrics.counter(
            "roost_model_token_counts_total",
            "Prompts that providers were asked to count before they were sent.",
            ["model": label, "outcome": counted == nil ? "failed" : "counted"]
        ).increment()
        guard let counted else { return nil }
        state.withLock { $0.counts.insert(counted, for: key) }
        return counted
    }

    private static func key(_ request: ModelRequest, _ model: ModelName) throws -> String {
        let messages = String(decoding: try ProviderJSON.encode(request.messages, model), as: UTF8.self)
        let tools = request.tools.map { "\($0.name)\($0.description ?? "")\($0.parameters)" }
        return "\(model) \(SHA256.hexadecimal(of: messages + tools.joined()))"
    }
}
