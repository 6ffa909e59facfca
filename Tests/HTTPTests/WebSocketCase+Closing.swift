/// Section 7: how connections end.
extension WebSocketCase {
    static let closing: [WebSocketCase] = {
        let hello = Frame.text("Hello World!")
        let invalid: [UInt8] = [0x03, 0xE8] + bytes("cebae1bdb9cf83cebcceb5eda080656469746564")
        let big = Frame.text([UInt8](repeating: 0x2A, count: 256 << 10))
        return [
            echo("7.1.1", hello),
            closing("7.1.2", [.close(1000), .other(8)], 1000),
            closing("7.1.3", [.close(1000), .ping()], 1000),
            closing("7.1.4", [.close(1000), hello], 1000),
            closing("7.1.5", [.text("fragment1").open, .close(1000), .more("fragment2")], 1000),
            closing("7.1.6", [big, hello, .close(1000), .ping()], after: [big, hello], 1000),
            closing("7.3.1", [.other(8)], 1000, 1005),
            offence("7.3.2", [.other(8, "a")], 1002),
            closing("7.3.3", [.close(1000)], 1000),
            closing("7.3.4", [.close(1000, "Hello World!")], 1000),
            closing("7.3.5", [.close(1000, String(repeating: "*", count: 123))], 1000),
            offence("7.3.6", [.close(1000, String(repeating: "*", count: 124))], 1002),
            offence("7.5.1", [Frame(opcode: 8, payload: invalid)], 1002, 1007),
            // What these two mean nobody has said: echoed or refused.
            closing("7.13.1", [.close(5000)], 5000, 1000, 1002),
            closing("7.13.2", [.close(65535)], 65535, 1000, 1002),
        ] + validCodes + invalidCodes
    }()

    /// Beyond the catalogue: 1012 and 1013, which IANA has registered since.
    private static let validCodes: [WebSocketCase] = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999, 1012, 1013,
    ].enumerated().map { number, code in closing("7.7.\(number + 1)", [.close(code)], code) }

    /// Beyond the catalogue: 1015.
    private static let invalidCodes: [WebSocketCase] = [
        0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 1015,
    ].enumerated().map { number, code in offence("7.9.\(number + 1)", [.close(code)], 1002) }
}
