/// The command line was not understood; the description says what to do.
struct UsageError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// What was given to a command.
///
/// Every accessor refuses what it can't read, with the option's name.
struct ParsedArguments: Sendable {
    var operands: [String] = []

    /// The last one counts where an option is given twice.
    var values: [String: String] = [:]
    var flags: Set<String> = []

    /// All values of each option, in their order, for those that may be given again and again.
    var repeated: [String: [String]] = [:]

    func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                "--\(name) is “\(text)”: expected a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    func number(_ name: String) throws(UsageError) -> Double? {
        guard let text = values[name] else { return nil }
        guard let number = Double(text), number.isFinite else {
            throw UsageError("--\(name) is “\(text)”: expected a number.")
        }
        return number
    }

    func choice<Value: RawRepresentable<String> & CaseIterable>(_ name: String) throws(UsageError) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = Value(rawValue: text) else {
            let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--\(name) is “\(text)”: expected one of \(names).")
        }
        return value
    }
}

/// Reads the words behind a command's name by its syntax.
///
/// `--x V` and `--x=V` give values, `--` ends the options, `-h` is `--help`. A lone `-` is an operand.
struct ArgumentParser {
    let syntax: CommandSyntax

    func parse(_ words: some Collection<String>) throws(UsageError) -> ParsedArguments {
        var parsed = ParsedArguments()
        var words = Array(words)[...]
        while let word = words.popFirst() {
            if word == "--" {
                parsed.operands += words
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                parsed.operands.append(word)
                continue
            }
            try take(word, from: &words, into: &parsed)
        }
        if !parsed.flags.contains("help") { try checkOperands(parsed.operands) }
        return parsed
    }

    private func take(
        _ word: String,
        from words: inout ArraySlice<String>,
        into parsed: inout ParsedArguments
    ) throws(UsageError) {
        if word == "-h" {
            parsed.flags.insert("help")
            return
        }
        let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        guard word.hasPrefix("--"), let option = syntax.allOptions.first(where: { $0.name == name }) else {
            let nearest = EditDistance.nearest(to: name, in: syntax.allOptions.map(\.name))
            throw UsageError(
                "roost \(syntax.name) has no option \(word)." + (nearest.map { " Did you mean --\($0)?" } ?? "")
            )
        }
        guard option.value != nil else {
            guard parts.count == 1 else { throw UsageError("--\(name) takes no value.") }
            parsed.flags.insert(name)
            return
        }
        guard let value = parts.count == 2 ? String(parts[1]) : words.popFirst() else {
            throw UsageError("--\(name) needs a value: --\(name) \(option.value ?? "").")
        }
        parsed.values[name] = value
        parsed.repeated[name, default: []].append(value)
    }

    private func checkOperands(_ operands: [String]) throws(UsageError) {
        guard let operand = syntax.operand else {
            guard let first = operands.first else { return }
            throw UsageError("roost \(syntax.name) takes no “\(first)”. Usage: \(syntax.usage)")
        }
        guard operand.count.contains(operands.count) else {
            let problem = operands.count < operand.count.lowerBound ? "\(operand.name) is missing" : "too many words"
            throw UsageError("\(problem). Usage: \(syntax.usage)")
        }
    }
}
