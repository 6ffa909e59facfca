/// Section 6: text is UTF-8, and a byte that can't be is noticed at once.
extension WebSocketCase {
    static let text: [WebSocketCase] = {
        let greek = bytes("cebae1bdb9cf83cebcceb5")
        let broken = bytes("cebae1bdb9cf83cebcceb5eda080656469746564")
        let hello = Array("Hello-µ@ßöäüàá-UTF-8!!".utf8)
        let beginning = Array("Hello-µ@ßöä".utf8).count
        let halves = [
            Frame.text(Array(hello.prefix(beginning))).open,
            Frame(opcode: 0, payload: Array(hello.dropFirst(beginning))),
        ]
        return [
            echo("6.1.1", .text("")),
            echo("6.1.2", .text("").open, .more("").open, .more("")),
            echo("6.1.3", .text("").open, .more("middle frame payload").open, .more("")),
            echo("6.2.1", .text(hello)),
            echo("6.2.2", halves),
            echo("6.2.3", Frame.fragments(1, hello, of: 1)),
            echo("6.2.4", Frame.fragments(1, greek, of: 1)),
            offence("6.3.1", [.text(broken)], 1007),
            offence("6.3.2", Frame.fragments(1, broken, of: 1), 1007),
        ] + sequences
    }()

    /// Sections 6.5 to 6.23: Markus Kuhn's decoder test.
    private static let sequences: [WebSocketCase] = decoderTest.enumerated().flatMap { section, sequences in
        sequences.split { $0 == " " || $0 == "\n" }.enumerated().map { number, sequence in
            let name = "6.\(section + 5).\(number + 1)"
            guard sequence.hasPrefix("!") else { return echo(name, .text(bytes(sequence))) }
            return offence(name, [.text(bytes(sequence.dropFirst()))], 1007)
        }
    }

    static func bytes(_ hex: some StringProtocol) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in hex.utf8 {
            let value = digit < 0x40 ? digit - 0x30 : digit - 0x57
            if let first = high { bytes.append(first << 4 | value) }
            high = high == nil ? value : nil
        }
        return bytes
    }

    /// One string a section; with an exclamation mark what is not UTF-8.
    private static let decoderTest = [
        // 6.5 Some valid UTF-8 sequences
        """
        68656c6c6f24776f726c64 68656c6c6fc2a2776f726c64 68656c6c6fe282ac776f726c64
        68656c6c6ff0a4ada2776f726c64 cebae1bdb9cf83cebcceb5
        """,
        // 6.6 All prefixes of a valid UTF-8 string that contains multi-byte code points
        """
        !ce ceba !cebae1 !cebae1bd cebae1bdb9 !cebae1bdb9cf cebae1bdb9cf83 !cebae1bdb9cf83ce
        cebae1bdb9cf83cebc !cebae1bdb9cf83cebcce cebae1bdb9cf83cebcceb5
        """,
        // 6.7 First possible sequence of a certain length
        """
        00 c280 e0a080 f0908080
        """,
        // 6.8 First possible sequence length 5/6 (invalid codepoints)
        """
        !f888808080 !fc8480808080
        """,
        // 6.9 Last possible sequence of a certain length
        """
        7f dfbf efbfbf f48fbfbf
        """,
        // 6.10 Last possible sequence length 4/5/6 (invalid codepoints)
        """
        !f7bfbfbf !fbbfbfbfbf !fdbfbfbfbfbf
        """,
        // 6.11 Other boundary conditions
        """
        ed9fbf ee8080 efbfbd f48fbfbf !f4908080
        """,
        // 6.12 Unexpected continuation bytes
        """
        !80 !bf !80bf !80bf80 !80bf80bf !80bf80bf80 !80bf80bf80bf
        !808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b\
        3b4b5b6b7b8b9babbbcbdbe
        """,
        // 6.13 Lonely start characters
        """
        !c020c120c220c320c420c520c620c720c820c920ca20cb20cc20cd20ce20cf20d020d120d220d320d420d520d620d720d820d92\
        0da20db20dc20dd20de20
        !e020e120e220e320e420e520e620e720e820e920ea20eb20ec20ed20ee20 !f020f120f220f320f420f520f620
        !f820f920fa20 !fc20
        """,
        // 6.14 Sequences with last continuation byte missing
        """
        !c0 !e080 !f08080 !f8808080 !fc80808080 !df !efbf !f7bfbf !fbbfbfbf !fdbfbfbfbf
        """,
        // 6.15 Concatenation of incomplete sequences
        """
        !c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf
        """,
        // 6.16 Impossible bytes
        """
        !fe !ff !fefeffff
        """,
        // 6.17 Examples of an overlong ASCII character
        """
        !c0af !e080af !f08080af !f8808080af !fc80808080af
        """,
        // 6.18 Maximum overlong sequences
        """
        !c1bf !e09fbf !f08fbfbf !f887bfbfbf !fc83bfbfbfbf
        """,
        // 6.19 Overlong representation of the NUL character
        """
        !c080 !e08080 !f0808080 !f880808080 !fc8080808080
        """,
        // 6.20 Single UTF-16 surrogates
        """
        !eda080 !edadbf !edae80 !edafbf !edb080 !edbe80 !edbfbf
        """,
        // 6.21 Paired UTF-16 surrogates
        """
        !eda080edb080 !eda080edbfbf !edadbfedb080 !edadbfedbfbf !edae80edb080 !edae80edbfbf
        !edafbfedb080 !edafbfedbfbf
        """,
        // 6.22 Non-character code points (valid UTF-8)
        """
        efbfbe efbfbf f09fbfbe f09fbfbf f0afbfbe f0afbfbf f0bfbfbe f0bfbfbf f18fbfbe f18fbfbf f19fbfbe
        f19fbfbf f1afbfbe f1afbfbf f1bfbfbe f1bfbfbf f28fbfbe f28fbfbf f29fbfbe f29fbfbf f2afbfbe
        f2afbfbf f2bfbfbe f2bfbfbf f38fbfbe f38fbfbf f39fbfbe f39fbfbf f3afbfbe f3afbfbf f3bfbfbe
        f3bfbfbf f48fbfbe f48fbfbf
        """,
        // 6.23 Unicode specials (i.e. replacement char)
        """
        efbfb9 efbfba efbfbb efbfbc efbfbd efbfbe efbfbf
        """,
    ]
}
