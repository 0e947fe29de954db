import Testing

/// Tests that start programs, one after the other: started at the same time, one may hold what tells of the other's
/// end.
@Suite("Other programs", .serialized)
enum OtherProgramsTests {}
