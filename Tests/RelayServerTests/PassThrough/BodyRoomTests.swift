// How much memory bodies may take.
import Relay
import Testing

@testable import RelayServer

@Suite struct BodyRoomTests {
  private let one = Subject.token("one")

  @Test func oneCallerHasItsShare() {
    var room = BodyRoom()
    let taken = [
      room.take(BodyRoom.maximumBytesPerCaller, for: one), room.take(1, for: one),
      // A subject is no address.
      room.take(1, for: .address("one")),
    ]
    #expect(taken == [true, false, true])
    room.giveBack(BodyRoom.maximumBytesPerCaller, of: one)
    let isTakenAgain = room.take(BodyRoom.maximumBytesPerCaller, for: one)
    #expect(isTakenAgain)
  }

  @Test func allTogetherHaveTheirs() {
    var room = BodyRoom()
    let callers = BodyRoom.maximumBytes / BodyRoom.maximumBytesPerCaller
    let taken = (0..<callers).map { room.take(BodyRoom.maximumBytesPerCaller, for: .token("\($0)")) }
    #expect(taken.allSatisfy { $0 })
    let late = room.take(1, for: .token("late"))
    room.giveBack(BodyRoom.maximumBytesPerCaller, of: .token("0"))
    let later = room.take(BodyRoom.maximumBodyBytes, for: .token("late"))
    #expect([late, later] == [false, true])
  }
}
