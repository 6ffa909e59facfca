import Runtime
import Synchronization

/// Which models there are, and who answers when a request names one.
///
/// A name that nobody knows goes to the preferred provider, which knows its own models best; without a provider the
/// extractive model answers. Either way the answer says who gave it.
package final class ModelCatalog: Sendable {
    /// The preferred model with its fallback.
    package let standard: ModelRouter
    private let make: @Sendable (_ model: String) -> (any LanguageModel)?
    private let configuration: RouterConfiguration
    private let lane: @Sendable (_ model: any LanguageModel, _ label: String) -> ModelLane
    private let others = Mutex(Others())

    /// What is kept of models that requests named: callers choose the names, so all of it has a bound.
    private struct Others {
        /// A further name takes the place of the one that was asked longest ago.
        var lanes = RecentMap<String, ModelLane>(capacity: 64)

        /// Names that metrics have; a metric lives as long as the process.
        var labels: Set<ModelName> = []
        static let mostLabels = 64
    }

    /// - Parameters:
    ///   - make: another model of the preferred provider; `nil` when it has just one.
    ///   - lane: the way to a model, under a label for its metrics.
    package init(
        _ standard: ModelRouter,
        configuration: RouterConfiguration = RouterConfiguration(),
        lane: @escaping @Sendable (_ model: any LanguageModel, _ label: String) -> ModelLane,
        make: @escaping @Sendable (String) -> (any LanguageModel)?
    ) {
        self.standard = standard
        self.configuration = configuration
        self.lane = lane
        self.make = make
    }

    /// Quotes only: what there is without a provider.
    package static func extractive(_ model: ExtractiveModel = ExtractiveModel()) -> ModelCatalog {
        ModelCatalog(ModelRouter(ModelLane(model)), lane: { ModelLane($0, label: $1) }, make: { _ in nil })
    }

    /// Those that are configured, the preferred one first.
    package var models: [any LanguageModel] {
        [standard.preferred.model] + (standard.fallback.map { [$0.model] } ?? [])
    }

    /// Whether the preferred model generates; the extractive one only quotes.
    package var hasModel: Bool { standard.preferred.model.name.provider != Provider.extractive.rawValue }

    /// - Parameter name: a model, `provider:model`, or nothing for the preferred one.
    package func router(for name: String?) -> ModelRouter {
        guard let name, !name.isEmpty, !standard.preferred.model.name.isMeant(by: name) else { return standard }
        if let fallback = standard.fallback, fallback.model.name.isMeant(by: name) {
            return ModelRouter(fallback, configuration: configuration)
        }
        guard let lane = otherLane(name) else { return standard }
        return ModelRouter(lane, fallback: standard.fallback, configuration: configuration)
    }

    private func otherLane(_ name: String) -> ModelLane? {
        let prefix = standard.preferred.model.name.provider + ":"
        let name = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        return others.withLock { others in
            if let lane = others.lanes.value(for: name) { return lane }
            guard let model = make(name) else { return nil }
            let lane = lane(model, label(of: model.name, &others))
            others.lanes.insert(lane, for: name)
            return lane
        }
    }

    private func label(of name: ModelName, _ others: inout Others) -> String {
        if others.labels.count < Others.mostLabels { others.labels.insert(name) }
        return others.labels.contains(name) ? name.description : "\(name.provider):other"
    }

    /// The model's name in metrics: names that only requests brought share one beyond the first ``Others/mostLabels``.
    package func label(of name: ModelName) -> String {
        guard !models.contains(where: { $0.name == name }) else { return name.description }
        return others.withLock { label(of: name, &$0) }
    }
}
