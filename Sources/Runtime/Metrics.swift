import Synchronization

/// Counters, gauges and histograms of this process, by name and labels.
///
/// Ask for a metric once and keep it: asking takes a lock, counting is one atomic addition. The name of a metric is
/// `[a-zA-Z_:][a-zA-Z0-9_:]*`, that of a label the same without `:`; other characters become `_`.
///
/// Labels must be few: each combination lives until the process ends. Beyond `seriesLimit` per name, further combinations
/// share one series whose labels all read `other`, so that memory has a bound and nothing goes uncounted.
package final class Metrics: Sendable {
    package typealias Labels = KeyValuePairs<String, String>

    private let families = Mutex<[String: MetricFamily]>([:])
    private let seriesLimit: Int

    package init(seriesLimit: Int = 1000) {
        self.seriesLimit = seriesLimit
    }

    package func counter(_ name: String, _ help: String, _ labels: Labels = [:]) -> Counter {
        series(name, help, labels, .counter) { Counter() }
    }

    package func gauge(_ name: String, _ help: String, _ labels: Labels = [:]) -> Gauge {
        series(name, help, labels, .gauge) { Gauge() }
    }

    /// A gauge whose value is asked for when somebody looks.
    package func gauge(
        _ name: String,
        _ help: String,
        _ labels: Labels = [:],
        read: @escaping @Sendable () -> Int
    ) {
        _ = series(name, help, labels, .gauge) { SampledGauge(read: read) }
    }

    /// - Parameter bounds: upper bounds of the buckets, rising; the one to infinity is added.
    package func histogram(
        _ name: String,
        _ help: String,
        _ labels: Labels = [:],
        bounds: [Double] = Histogram.latency
    ) -> Histogram {
        series(name, help, labels, .histogram) { Histogram(bounds: bounds) }
    }

    /// Everything, in Prometheus' text format 0.0.4.
    package func exposition() -> String {
        let families = families.withLock { $0.values.sorted { $0.name < $1.name } }
        var text = ""
        for family in families { family.write(to: &text) }
        return text
    }

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// A name that already stands for another kind of metric gets a metric of its own that nobody sees: a mistake of the
    /// program must not stop the server, and the tests of the exposition show it.
    private func series<Metric: MetricSeries>(
        _ name: String,
        _ help: String,
        _ labels: Labels,
        _ kind: MetricFamily.Kind,
        make: () -> Metric
    ) -> Metric {
        let name = MetricName.metric(name)
        return families.withLock { families in
            var family = families[name] ?? MetricFamily(name: name, help: help, kind: kind)
            guard family.kind == kind else { return make() }
            let metric = family.series(labels, limit: seriesLimit, make: make)
            families[name] = family
            return metric as? Metric ?? make()
        }
    }
}

/// A number that only grows.
package final class Counter: MetricSeries {
    private let count = Atomic<UInt64>(0)

    package var value: UInt64 { count.load(ordering: .relaxed) }

    package func increment(by amount: UInt64 = 1) { count.wrappingAdd(amount, ordering: .relaxed) }

    func write(_ name: String, _ labels: LabelText, to text: inout String) {
        text += "\(name)\(labels) \(value)\n"
    }
}

/// A number that goes up and down.
package final class Gauge: MetricSeries {
    private let level = Atomic<Int>(0)

    package var value: Int { level.load(ordering: .relaxed) }

    package func add(_ amount: Int) { level.wrappingAdd(amount, ordering: .relaxed) }

    package func set(_ value: Int) { level.store(value, ordering: .relaxed) }

    func write(_ name: String, _ labels: LabelText, to text: inout String) {
        text += "\(name)\(labels) \(value)\n"
    }
}

/// A number that somebody else keeps.
struct SampledGauge: MetricSeries {
    let read: @Sendable () -> Int

    func write(_ name: String, _ labels: LabelText, to text: inout String) {
        text += "\(name)\(labels) \(read())\n"
    }
}
