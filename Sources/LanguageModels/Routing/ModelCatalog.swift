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
    private let lane: @Sendable (any LanguageModel) -> ModelLane
    private let others = Mutex<[String: ModelLane]>([:])

    /// Lanes kept for names that requests brought; further names get one for the request alone.
    private static let keptLanes = 64

    /// - Parameters:
    ///   - make: another model of the preferred provider; `nil` when it has just one.
    ///   - lane: the way to a model.
    package init(
        _ standard: ModelRouter,
        configuration: RouterConfiguration = RouterConfiguration(),
        lane: @escaping @Sendable (any LanguageModel) -> ModelLane,
        make: @escaping @Sendable (String) -> (any LanguageModel)?
    ) {
        self.standard = standard
        self.configuration = configuration
        self.lane = lane
        self.make = make
    }

    /// Quotes only: what there is without a provider.
    package static func extractive(_ model: ExtractiveModel = ExtractiveModel()) -> ModelCatalog {
        ModelCatalog(ModelRouter(ModelLane(model)), lane: { ModelLane($0) }, make: { _ in nil })
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
            if let lane = others[name] { return lane }
            guard let model = make(name) else { return nil }
            let lane = lane(model)
            if others.count < Self.keptLanes { others[name] = lane }
            return lane
        }
    }
}
