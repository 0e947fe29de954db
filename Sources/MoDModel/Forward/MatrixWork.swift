/// How many token rows each matrix of a block multiplied: what a pass really computed, as opposed to what it
/// was asked to.
package struct MatrixWork: Sendable, Hashable, BitwiseCopyable {
    package var query = 0
    package var key = 0
    package var value = 0
    package var attentionOutput = 0
    package var gate = 0
    package var up = 0
    package var down = 0
}
