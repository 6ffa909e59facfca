/// Text lines and macro arguments of roff, freed of escapes (groff(7), "Escape sequences").
enum RoffText {
    /// The text of a line.
    ///
    /// Linear.
    static func plain(_ line: ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        var index = line.startIndex
        while index < line.endIndex {
            guard line[index] == UInt8(ascii: "\\") else {
                text.append(line[index])
                index += 1
                continue
            }
            index = escape(line, from: index + 1, into: &text)
        }
        return text.text
    }

    /// Separated by spaces, or in quotes where a doubled quote is one.
    static func arguments(_ line: ArraySlice<UInt8>) -> [String] {
        var arguments: [String] = []
        var index = line.startIndex
        while index < line.endIndex {
            if line[index].isWhitespace {
                index += 1
            } else if line[index...].starts(with: "\\\"".utf8) {
                break
            } else {
                arguments.append(argument(line, &index))
            }
        }
        return arguments
    }

    private static func argument(_ line: ArraySlice<UInt8>, _ index: inout Int) -> String {
        let isQuoted = line[index] == 0x22
        if isQuoted { index += 1 }
        var written: [UInt8] = []
        while index < line.endIndex {
            let byte = line[index]
            if byte == UInt8(ascii: "\\"), index + 1 < line.endIndex {
                written += line[index...(index + 1)]
                index += 2
            } else if byte == 0x22, isQuoted {
                index += 1
                guard index < line.endIndex, line[index] == 0x22 else { break }
                written.append(byte)
                index += 1
            } else if byte.isWhitespace, !isQuoted {
                break
            } else {
                written.append(byte)
                index += 1
            }
        }
        return plain(written[...])
    }

    /// Consumes the escape after a backslash; returns where the text goes on.
    private static func escape(_ line: ArraySlice<UInt8>, from index: Int, into text: inout [UInt8]) -> Int {
        guard index < line.endIndex else { return index }
        switch line[index] {
        case 0x22, UInt8(ascii: "#"): return line.endIndex
        case UInt8(ascii: "e"), UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "'"), UInt8(ascii: "`"): text.append(line[index])
        case UInt8(ascii: " "), UInt8(ascii: "~"), UInt8(ascii: "0"): text.append(0x20)
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "C"):
            let (name, end) = name(line, from: line[index] == UInt8(ascii: "C") ? index + 1 : index)
            text += Array((characters[name] ?? unicode(name) ?? "").utf8)
            return end
        case UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "*"), UInt8(ascii: "n"), UInt8(ascii: "m"),
            UInt8(ascii: "M"), UInt8(ascii: "g"), UInt8(ascii: "k"):
            let (found, end) = name(line, from: index + 1)
            if line[index] == UInt8(ascii: "*") { text += Array((strings[found] ?? "").utf8) }
            return end
        case UInt8(ascii: "s"): return size(line, from: index + 1)
        case UInt8(ascii: "h"), UInt8(ascii: "v"), UInt8(ascii: "w"), UInt8(ascii: "D"), UInt8(ascii: "l"),
            UInt8(ascii: "L"), UInt8(ascii: "o"), UInt8(ascii: "X"), UInt8(ascii: "Z"):
            return name(line, from: index + 1).end
        // \& \% \: \/ \, \| \^ \c \d \u \{ \} and what is unknown print nothing.
        default: break
        }
        return index + 1
    }

    /// A name as escapes take it: one letter, `(xx`, `[xxx]` or `'xxx'`.
    private static func name(_ line: ArraySlice<UInt8>, from index: Int) -> (name: String, end: Int) {
        guard index < line.endIndex else { return ("", index) }
        switch line[index] {
        case UInt8(ascii: "("):
            let name = line[(index + 1)...].prefix(2)
            return (name.text, name.endIndex)
        case UInt8(ascii: "["), UInt8(ascii: "'"):
            let close = line[index] == UInt8(ascii: "'") ? UInt8(ascii: "'") : UInt8(ascii: "]")
            let name = line[(index + 1)...].prefix { $0 != close }
            return (name.text, min(name.endIndex + 1, line.endIndex))
        default: return (line[index...index].text, index + 1)
        }
    }

    /// `\s+1`, `\s-2`, `\s10`, `\s0`.
    private static func size(_ line: ArraySlice<UInt8>, from index: Int) -> Int {
        let sign = line[index...].prefix(1).prefix { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        let digits = line[sign.endIndex...].prefix(2).prefix(while: \.isDigit)
        return digits.isEmpty ? name(line, from: sign.endIndex).end : digits.endIndex
    }

    /// `u2026` of `\[u2026]`.
    private static func unicode(_ name: String) -> String? {
        guard name.hasPrefix("u"), let value = UInt32(name.dropFirst(), radix: 16) else { return nil }
        return Unicode.Scalar(value).map { String(Character($0)) }
    }

    private static let strings = [
        "R": "®", "Tm": "™", "lq": "“", "rq": "”", "C+": "C++", "Aq": "'", "L\"": "“", "R\"": "”", "--": "–",
    ]

    private static let characters = [
        "bu": "•", "em": "—", "en": "–", "hy": "-", "aq": "'", "dq": "\"", "lq": "“", "rq": "”", "oq": "‘", "cq": "’",
        "co": "©", "rg": "®", "tm": "™", "mu": "×", "->": "→", "<-": "←", "<=": "≤", ">=": "≥", "!=": "≠", "+-": "±",
        "rs": "\\", "ti": "~", "ha": "^", "ga": "`", "at": "@", "sh": "#", "Do": "$", "sl": "/", "ba": "|", "br": "|",
        "lB": "[", "rB": "]", "lC": "{", "rC": "}", "la": "⟨", "ra": "⟩", "de": "°", "sc": "§", "ss": "ß", "Eu": "€",
        ":a": "ä", ":o": "ö", ":u": "ü", ":A": "Ä", ":O": "Ö", ":U": "Ü", "'e": "é", "`e": "è", "'a": "á", "`a": "à",
        "^e": "ê", "^o": "ô", "~n": "ñ", ",c": "ç", "/o": "ø", "oa": "å", "ae": "æ", "sq": "□", "ci": "○", "OK": "✓",
        "mi": "−", "pl": "+", "eq": "=", "**": "*", "fm": "′", "Fo": "«", "Fc": "»", "12": "½", "14": "¼", "34": "¾",
    ]
}
