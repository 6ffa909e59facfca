/// One metric with one set of labels.
protocol MetricSeries: Sendable {
    func write(_ name: String, _ labels: LabelText, to text: inout String)
}

/// All series of one name.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    let name: String
    let help: String
    let kind: Kind
    private var series: [LabelText: any MetricSeries] = [:]

    init(name: String, help: String, kind: Kind) {
        self.name = name
        self.help = help
        self.kind = kind
    }

    mutating func series(_ labels: Metrics.Labels, limit: Int, make: () -> any MetricSeries) -> any MetricSeries {
        var text = LabelText(labels.map { ($0.key, $0.value) })
        if series[text] == nil && series.count >= limit { text = LabelText(labels.map { ($0.key, "other") }) }
        if let known = series[text] { return known }
        let new = make()
        series[text] = new
        return new
    }

    func write(to text: inout String) {
        text += "# HELP \(name) \(MetricName.escapedHelp(help))\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, metric) in series.sorted(by: { $0.key.inner < $1.key.inner }) {
            metric.write(name, labels, to: &text)
        }
    }
}

/// Labels as the exposition writes them; two sets are the same when they read the same.
struct LabelText: Hashable, Sendable, CustomStringConvertible {
    fileprivate let inner: String

    init(_ labels: [(String, String)]) {
        inner = labels.sorted { $0.0 < $1.0 }.map { Self.pair($0, $1) }.joined(separator: ",")
    }

    private init(inner: String) { self.inner = inner }

    var description: String { inner.isEmpty ? "" : "{\(inner)}" }

    func adding(_ name: String, _ value: String) -> LabelText {
        LabelText(inner: (inner.isEmpty ? "" : inner + ",") + Self.pair(name, value))
    }

    private static func pair(_ name: String, _ value: String) -> String {
        "\(MetricName.label(name))=\"\(MetricName.escapedValue(value))\""
    }
}

/// The lexical rules of Prometheus' text format 0.0.4.
enum MetricName {
    static func metric(_ name: String) -> String { sanitized(name, colon: true) }

    static func label(_ name: String) -> String { sanitized(name, colon: false) }

    static func escapedHelp(_ text: String) -> String { escaped(text, quote: false) }

    static func escapedValue(_ text: String) -> String { escaped(text, quote: true) }

    private static func sanitized(_ name: String, colon: Bool) -> String {
        var result = ""
        for (position, scalar) in name.unicodeScalars.enumerated() {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case ":" where colon: result.unicodeScalars.append(scalar)
            case "0"..."9" where position > 0: result.unicodeScalars.append(scalar)
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }

    /// Scalars, not characters: CR LF is one character of which LF would go unseen.
    private static func escaped(_ text: String, quote: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quote: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
