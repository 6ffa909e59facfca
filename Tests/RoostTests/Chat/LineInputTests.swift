import Glibc
import Testing

@testable import roost

@Suite(.timeLimit(.minutes(1))) struct LineInputTests {
    /// Lends the reader of a pipe and the end that is written to.
    private func withPipe(_ body: (LineInput, CInt) async throws -> Void) async throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        try await body(try LineInput(ends[0]), ends[1])
    }

    private func write(_ bytes: [UInt8], _ descriptor: CInt) {
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    @Test func `lines come without their breaks, also the last one that has none`() async throws {
        try await withPipe { input, end async throws in
            write(Array("one\ntwo\r\n\nfour".utf8), end)
            close(end)
            #expect(try await input.next() == "one")
            #expect(try input.waiting() == "two")
            #expect(try await input.next()?.isEmpty == true)
            #expect(try await input.next() == "four")
            #expect(try await input.next() == nil)
            #expect(input.count == 4)
        }
    }

    @Test func `what is no UTF-8 is named by its line`() async throws {
        try await withPipe { input, end async throws in
            write(Array("fine\n".utf8) + [0xFF, 0x0A], end)
            close(end)
            _ = try await input.next()
            let error = await #expect(throws: LineInput.Failure.self) { try await input.next() }
            #expect(error?.description == "line 2 of standard input is not UTF-8")
        }
    }

    @Test func `a wait ends when it is interrupted, and the next one begins anew`() async throws {
        try await withPipe { input, end async throws in
            defer { close(end) }
            await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask { try await input.next() }
                // Whether the wait has begun or not, it ends.
                input.interrupt()
                await #expect(throws: LineInput.Interrupted.self) { try await group.next() }
            }
            write(Array("whole\n".utf8), end)
            #expect(try await input.next() == "whole")
        }
    }

    @Test func `a cancelled task does not wait`() async throws {
        try await withPipe { input, end async throws in
            defer { close(end) }
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await input.next() }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
        }
    }
}
