// Which call goes out next, and how many may be under way.
import ProviderHTTP
import Testing

@testable import Transport

@Suite struct CallLineTests {
  @Test func callsThatEndSomethingGoFirstAndHaveRoomOfTheirOwn() {
    var line = CallLine<String>()
    let room = CallRoom(connections: 3, reserved: 1)
    var tickets: [String: Int] = [:]
    for name in ["open1", "open2", "open3"] { tickets[name] = line.enter(name, .ordinary) }
    #expect(line.next(within: room) == "open1")
    #expect(line.next(within: room) == "open2")
    #expect(line.next(within: room) == nil)
    for name in ["close1", "close2"] { tickets[name] = line.enter(name, .closing) }
    #expect(line.next(within: room) == "close1")
    #expect(line.next(within: room) == nil)
    line.leave(tickets["open1"]!, .ordinary)
    #expect(line.next(within: room) == "close2")
    line.leave(tickets["close1"]!, .closing)
    #expect(line.next(within: room) == "open3")
    #expect(line.underWay == 3 && line.waiting == 0)
  }

  @Test func whoLeavesTheLineIsNotCalled() {
    var line = CallLine<Int>()
    let tickets = (0..<5).map { line.enter($0, .ordinary) }
    line.leave(tickets[0], .ordinary)
    line.leave(tickets[2], .ordinary)
    #expect(line.waiting == 3)
    let room = CallRoom(connections: 9, reserved: 0)
    var called: [Int] = []
    while let call = line.next(within: room) { called.append(call) }
    #expect(called == [1, 3, 4])
    for index in [1, 3, 4] { line.leave(tickets[index], .ordinary) }
    #expect(line.isEmpty)
  }

  @Test func roomIsNeverNone() {
    #expect(CallRoom(connections: 1, reserved: 4) == CallRoom(connections: 1, reserved: 0))
    #expect(CallRoom(sharedConnections: 0) == CallRoom(sharedConnections: 1))
    #expect(CallRoom(sharedConnections: 2).ordinary == 200)
  }

  @Test(arguments: [(1, 1), (100, 1), (101, 2), (500, 5), (100_000, CallRoom.sharedConnections)])
  func connectionsForSoManyCalls(calls: Int, connections: Int) {
    #expect(CallRoom.sharedConnections(for: calls) == connections)
  }
}
