import Synchronization

/// How values are distributed over buckets with fixed bounds.
///
/// Each bucket is an atomic of its own; a reader may see a value in its bucket and not yet in the sum.
package final class Histogram: MetricSeries {
    /// Seconds, from half a millisecond to a minute: a cached read, a context request, a model's answer.
    package static let latency = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    private let bounds: [Double]
    private let buckets: [Counter]  // the last one reaches to infinity
    private let sum = Atomic<UInt64>(0)  // bits of a Double

    init(bounds: [Double]) {
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    package var count: UInt64 { buckets.reduce(0) { $0 + $1.value } }

    package var total: Double { Double(bitPattern: sum.load(ordering: .relaxed)) }

    package func record(_ value: Double) {
        buckets[bounds.firstIndex { value <= $0 } ?? bounds.count].increment()
        var old = sum.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + value).bitPattern
            let (exchanged, original) = sum.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    func write(_ name: String, _ labels: LabelText, to text: inout String) {
        var cumulative: UInt64 = 0
        for (bound, bucket) in zip(bounds.map { "\($0)" } + ["+Inf"], buckets) {
            cumulative += bucket.value
            text += "\(name)_bucket\(labels.adding("le", bound)) \(cumulative)\n"
        }
        text += "\(name)_sum\(labels) \(total)\n\(name)_count\(labels) \(cumulative)\n"
    }
}
