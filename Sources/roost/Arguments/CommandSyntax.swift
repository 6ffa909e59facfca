/// What a command takes, in the words that its help shows.
struct CommandSyntax: Sendable {
    struct Option: Sendable {
        let name: String

        /// What stands for the value in the help; `nil` is a flag.
        let value: String?
        let summary: String

        static func flag(_ name: String, _ summary: String) -> Option {
            Option(name: name, value: nil, summary: summary)
        }

        static func value(_ name: String, _ value: String, _ summary: String) -> Option {
            Option(name: name, value: value, summary: summary)
        }
    }

    /// What stands without a name, in its place.
    struct Operand: Sendable {
        let name: String
        let summary: String
        var count: ClosedRange<Int> = 1...1
    }

    let name: String
    let summary: String
    var operand: Operand?
    var options: [Option] = []

    /// What every command takes.
    static let common: [Option] = [
        .value("config", "FILE", "Configuration file; otherwise roost.json here or in the data directory."),
        .value("data", "DIR", "Where everything is kept (default: ~/.roost)."),
        .flag("json", "Answer in JSON."),
        .flag("help", "Show this."),
    ]

    var allOptions: [Option] { options + Self.common }

    var usage: String {
        let place = operand.map { $0.count.lowerBound == 0 ? " [\($0.name)]" : " \($0.name)" } ?? ""
        return "roost \(name)\(place)\(operand.map { $0.count.upperBound > 1 ? "…" : "" } ?? "") [options]"
    }

    var help: String {
        let rows = allOptions.map { ("--" + $0.name + ($0.value.map { " " + $0 } ?? ""), $0.summary) }
        let first = operand.map { [($0.name, $0.summary)] } ?? []
        return "\(summary)\n\nUsage: \(usage)\n\n" + Self.columns(first + rows)
    }

    static func columns(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  " + $0.0.padded(to: width) + "  " + $0.1 }.joined(separator: "\n")
    }
}
