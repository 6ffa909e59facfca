import ContextCore
import ContextEngine
import HTTP

extension HTTPRequest {
    /// A `{name}` of the route; the router never calls a handler without it.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// - Throws: ``ContextError`` unless the value is one of true, false, 1, 0, or absent.
    func flag(_ name: String) throws(ContextError) -> Bool {
        switch query(name) {
        case nil, "false", "0": return false
        case "true", "1", "": return true
        case let other?: throw .invalid(name, "\(name) is “\(other.clipped(to: 40))”; use true or false.")
        }
    }

    /// - Throws: ``ContextError`` unless the value is a whole number or absent.
    func integer(_ name: String) throws(ContextError) -> Int? {
        guard let text = query(name) else { return nil }
        guard let value = Int(text) else {
            throw .invalid(name, "\(name) is “\(text.clipped(to: 40))”; use a whole number.")
        }
        return value
    }

    /// Whether the client says that it reads server-sent events.
    var acceptsEvents: Bool {
        headers["Accept"]?.lowercased().contains("text/event-stream") ?? false
    }

    func trainingDataSelection() throws(ContextError) -> TrainingDataExport.Selection {
        var selection = TrainingDataExport.Selection()
        selection.format = try Choice.read(query("format"), "format") ?? .chat
        selection.collection = query("collection")
        if let since = query("since") {
            guard let moment = Timestamp(iso8601: since) else {
                throw .invalid(
                    "since",
                    "since is “\(since.clipped(to: 40))”; use a UTC time such as 2026-01-05T21:00:00Z."
                )
            }
            selection.since = moment
        }
        if let text = query("min_confidence") {
            guard let value = Double(text), (0...1).contains(value) else {
                throw .invalid("min_confidence", "min_confidence is “\(text.clipped(to: 40))”; use 0.0 to 1.0.")
            }
            selection.minimumConfidence = value
        }
        return selection
    }
}

extension Router {
    /// The same routes, whose answers name the query's parameters that have no meaning in `X-Roost-Ignored`.
    func naming(unknownParametersOf known: [String: Set<String>]) -> Router {
        var naming = Router()
        for route in routes {
            let known = known[route.pattern.description] ?? []
            naming.on(route.method, route.pattern, runs: route.placement) {
                [handler = route.handler] request, context in
                var response = try await handler(request, context)
                let unknown = request.parameterNames.filter { !known.contains($0) }
                if !unknown.isEmpty {
                    let ignored = [response.headers["X-Roost-Ignored"]].compactMap(\.self) + unknown
                    response.headers["X-Roost-Ignored"] = ignored.joined(separator: ", ").clipped(to: 500)
                }
                return response
            }
        }
        return naming
    }
}

extension HTTPRequest {
    /// The names in the query, each once, still percent-encoded: so they fit into a header.
    fileprivate var parameterNames: [String] {
        let names = (target.query ?? "").split(separator: "&").compactMap {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
        }
        return Set(names).sorted()
    }
}
