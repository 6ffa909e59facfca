import Glibc

/// The variables that the process was started with, read once.
///
/// A value, so that whatever is configured by it can be tested without touching the process.
package struct Environment: Sendable {
    private let variables: [String: String]

    package init(_ variables: [String: String]) { self.variables = variables }

    /// Of this process, now.
    package static var process: Environment {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            entry += 1
        }
        return Environment(variables)
    }

    /// `nil` also for an empty value: that is how a shell unsets what a file has set.
    package subscript(name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: ``EnvironmentError`` when the variable is there but isn't a whole number in `range`.
    package func integer(_ name: String, in range: ClosedRange<Int> = .min ... .max) throws -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw EnvironmentError(
                name: name,
                value: text,
                expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    package func double(_ name: String) throws -> Double? {
        guard let text = self[name] else { return nil }
        guard let number = Double(text), number.isFinite else {
            throw EnvironmentError(name: name, value: text, expected: "a number")
        }
        return number
    }

    /// `true`, `1`, `yes`, `on` and their opposites, in any case.
    package func boolean(_ name: String) throws -> Bool? {
        guard let text = self[name] else { return nil }
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default: throw EnvironmentError(name: name, value: text, expected: "true or false")
        }
    }

    /// A value that must not be printed.
    package func secret(_ name: String) -> Secret? {
        self[name].map(Secret.init)
    }
}

/// A variable is there, but does not say what it should.
package struct EnvironmentError: Error, Equatable, CustomStringConvertible {
    package let name: String
    package let value: String
    package let expected: String

    package var description: String { "\(name)=\(value): expected \(expected)" }
}
