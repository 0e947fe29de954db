/// Another program that runs the same weights, dense.
protocol Peer: AnyObject {
    /// Its name and version; the version may be known only once it has run.
    var name: String { get }
    /// Whether it decodes after the prompt, or from an empty context.
    var decodesAfterPrompt: Bool { get }

    /// One prefill and one decode of as many tokens as `BenchBed` has.
    func measure() throws(BenchmarkError) -> PeerSpeed
}

/// Tokens a second.
package struct PeerSpeed: Sendable, Hashable {
    package let prefill: Double
    package let decode: Double

    /// Nil unless both are numbers above 0.
    package init?(prefill: Double, decode: Double) {
        guard prefill > 0, prefill.isFinite, decode > 0, decode.isFinite else { return nil }
        self.prefill = prefill
        self.decode = decode
    }
}
