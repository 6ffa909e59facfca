import Runtime

/// What a server counts.
struct ServerMetrics: Sendable {
    /// Of one route: a counter for each class of status, and how long requests took.
    struct Route: Sendable {
        let pattern: String
        let statuses: [Counter]
        let duration: Histogram

        func record(_ status: HTTPStatus, seconds: Double) {
            statuses[min(max(status.category, 1), 5) - 1].increment()
            duration.record(seconds)
        }
    }

    let inFlight: Gauge
    let faults: [Counter]
    let bytesSent: Counter
    /// For requests that fit no route.
    let unmatched: Route
    private let metrics: Metrics

    init(_ metrics: Metrics, faults codes: [String]) {
        self.metrics = metrics
        inFlight = metrics.gauge("http_requests_in_flight", "Requests that are being answered.")
        bytesSent = metrics.counter("http_response_bytes_total", "Bytes of answers, heads included.")
        faults = codes.map {
            metrics.counter("http_refused_total", "Requests that the transport refused, by code.", ["code": $0])
        }
        unmatched = Self.route("unmatched", metrics)
    }

    func route(_ pattern: PathPattern) -> Route { Self.route(pattern.description, metrics) }

    private static func route(_ pattern: String, _ metrics: Metrics) -> Route {
        let statuses = (1...5).map {
            metrics.counter(
                "http_requests_total",
                "Requests, by route and class of status.",
                ["route": pattern, "status": "\($0)xx"]
            )
        }
        let duration = metrics.histogram(
            "http_request_seconds",
            "From the end of a request to the end of its answer.",
            ["route": pattern]
        )
        return Route(pattern: pattern, statuses: statuses, duration: duration)
    }
}
