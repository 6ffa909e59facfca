import Runtime
import Testing

@testable import HTTP

@Suite struct TransferStateTests {
    private func state(_ change: (inout ClientConfiguration.Limits) -> Void = { _ in }) -> TransferState {
        var limits = ClientConfiguration.Limits()
        change(&limits)
        return TransferState(limits: limits)
    }

    @Test func `a head of 1xx is passed over, the next one counts`() throws {
        var state = state()
        for line in ["HTTP/1.1 100 Continue\r\n", "\r\n"] { state.receive(header: line.utf8) }
        #expect(state.head == nil)
        for line in ["HTTP/1.1 200 OK\r\n", "A:  1 \r\n", "no colon\r\n", "\r\n"] { state.receive(header: line.utf8) }
        let head = try #require(state.head)
        #expect(head.status == 200)
        #expect(head.headers.fields == [.init(name: "A", value: "1")])
    }

    @Test func `bytes beyond the buffer are refused until the reader has taken what is there`() {
        var state = state { $0.buffer = 4 }
        #expect(receive([1, 2, 3], &state))
        #expect(!receive([4, 5], &state))
        #expect(state.isPaused)
        #expect(describe(state.chunkStep()) == "[1, 2, 3] resumes")
        #expect(!state.isPaused)
        #expect(receive([4, 5], &state))
        state.finish(.success(()))
        #expect(describe(state.chunkStep()) == "[4, 5]")
        #expect(describe(state.chunkStep()) == "end")
    }

    @Test func `silence counts from the last byte, and not while the reader is the slow one`() {
        func second(_ number: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: number * 1_000_000_000) }
        var state = state { $0.buffer = 4 }
        #expect(state.silence(at: second(1_000_000_000)) == 0)
        for line in ["HTTP/1.1 200 OK", ""] { state.receive(header: line.utf8, at: second(10)) }
        #expect(state.silence(at: second(12)) == 2)
        _ = [UInt8]([1, 2, 3]).withUnsafeBytes { state.receive($0, at: second(13)) }
        #expect(state.silence(at: second(14)) == 1)
        _ = [UInt8]([4, 5]).withUnsafeBytes { state.receive($0, at: second(15)) }
        #expect(state.silence(at: second(100)) == 0)
        _ = state.chunkStep(at: second(100))
        #expect(state.silence(at: second(103)) == 3)
    }

    @Test func `a piece larger than the buffer is taken when the buffer is empty`() {
        var state = state { $0.buffer = 4 }
        #expect(receive([1, 2, 3, 4, 5, 6], &state))
    }

    @Test func `what arrived before a failure is still read, what a cancellation leaves is not`() {
        var failed = state()
        _ = receive([1], &failed)
        failed.finish(.failure(HTTPClientError(.connectionLost, "gone")))
        failed.finish(.success(()))
        #expect(describe(failed.chunkStep()) == "[1]")
        #expect(describe(failed.chunkStep()) == "gone")
        var cancelled = state()
        _ = receive([1], &cancelled)
        cancelled.cancel()
        #expect(describe(cancelled.chunkStep()) == "CancellationError()")
    }

    @Test func `headers beyond the limit fail the transfer`() {
        var state = state { $0.header = 20 }
        state.receive(header: "HTTP/1.1 200 OK\r\n".utf8)
        #expect(!state.isFinished)
        state.receive(header: "A: 1\r\n".utf8)
        #expect(state.isFinished)
    }

    private func receive(_ bytes: [UInt8], _ state: inout TransferState) -> Bool {
        bytes.withUnsafeBytes { state.receive($0) }
    }

    private func describe(_ result: (step: TransferState.Step<[UInt8]?>, resumes: Bool)) -> String {
        let suffix = result.resumes ? " resumes" : ""
        switch result.step {
        case .ready(let bytes?): return "\(bytes)\(suffix)"
        case .ready(nil): return "end\(suffix)"
        case .wait: return "wait\(suffix)"
        case .failed(let error): return "\(error)\(suffix)"
        }
    }
}
