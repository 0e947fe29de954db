import MoDModel
import Tokenization

/// All rows of the table.
struct BenchRun {
    let bed: BenchBed
    let program: ThisProgram
    var capacities: [CapacityRow]
    var depth: DepthRow
    var threads: ThreadsRow
    var engine: EngineRow
    var chat = ChatRow()
    var longChat: LongChatRow
    var firstToken = FirstTokenRow()
    var peer: PeerRow?
    /// Indices of `capacities`.
    private var capacityTurns: Turns<Int>

    /// Makes everything ready, and runs the model once at each capacity.
    init(
        on bed: BenchBed, program: ThisProgram, tokenizer: Tokenizer, capacities: [Capacity],
        peer: PeerProgram?
    ) async throws {
        self.bed = bed
        self.program = program
        self.capacities = try capacities.map { try CapacityRow($0, on: bed) }
        depth = try DepthRow(on: bed)
        threads = try ThreadsRow(on: bed)
        engine = try await EngineRow(on: bed, tokenizer: tokenizer)
        longChat = LongChatRow(tokenizer: tokenizer, tokens: bed.plan.longMessage)
        capacityTurns = Turns(capacities.indices)
        self.peer = try peer.map { try PeerRow($0, on: bed) }
    }

    /// One round over all rows: a machine that slows down slows all of them.
    mutating func measure() async throws {
        let bed = bed
        for index in capacityTurns.next() { try capacities[index].measure(on: bed) }
        try depth.measure(on: bed)
        try threads.measure(on: bed)
        try await engine.measure(on: bed)
        try peer?.measure(on: bed)
        for _ in 0..<bed.plan.chats {
            try chat.measure(program, model: bed.session.model, reply: bed.plan.reply)
        }
        try longChat.measure(program, model: bed.session.model, reply: bed.plan.reply)
        try firstToken.measure(program)
    }
}
