// Tests which call goes out next, and how often one may.
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

@Suite struct SendCountTests {
  @Test func aWriteCountsUntilItIsTakenBack() {
    var sends = SendCount(maximum: 1)
    #expect(sends.mayBegin)
    sends.begin(turn: 1, at: .zero)
    #expect(!sends.mayBegin && sends.count == 1)
    sends.takeBack()
    #expect(sends.mayBegin && sends.count == 0)
    // One write is taken back once.
    sends.takeBack()
    #expect(sends.count == 0 && sends.refusals == 1)
  }

  @Test func refusalsAreBounded() {
    var sends = SendCount(maximum: 1)
    for _ in 0..<SendCount.maximumRefusals {
      sends.begin(turn: 1, at: .zero)
      sends.takeBack()
      #expect(sends.mayBegin)
    }
    sends.missConnection()
    #expect(!sends.mayBegin && sends.count == 0)
  }

  @Test func onlyWhatAGoAwayLeavesOutWasNotProcessed() {
    var sends = SendCount(maximum: 1)
    #expect(!sends.isBeyond(1))
    sends.begin(turn: 1, at: .zero)
    // Its stream is not known.
    #expect(!sends.isBeyond(0))
    sends.took(7)
    #expect(sends.isBeyond(5))
    #expect(!sends.isBeyond(7) && !sends.isBeyond(9) && !sends.isBeyond(nil))
    sends.takeBack()
    #expect(!sends.isBeyond(5))
  }

  @Test func onlyAFailureAtOnceIsEmptyHanded() {
    var sends = SendCount(maximum: 1)
    sends.begin(turn: 4, at: .zero)
    #expect(sends.isEmptyHanded(in: 4, bytes: 100))
    #expect(!sends.isEmptyHanded(in: 5, bytes: 100))
    #expect(!sends.isEmptyHanded(in: 4, bytes: SendCount.oneRecord + 1))
    var withBytes = sends
    withBytes.tookBytes()
    #expect(!withBytes.isEmptyHanded(in: 4, bytes: 100))
    sends.took(1)
    #expect(!sends.isEmptyHanded(in: 4, bytes: 100))
  }

  @Test(arguments: [
    ("Using Stream ID: 17 (easy handle 0x55d0)\n", CurlRemark.stream(17)),
    ("recveived GOAWAY, error=0, last_stream=2147483647\n", .goAway(lastStream: 2_147_483_647)),
    ("REFUSED_STREAM, retrying a fresh connect\n", .refused),
  ])
  func remarksThatAreUnderstood(text: String, remark: CurlRemark) { #expect(CurlRemark(text.utf8) == remark) }

  @Test(arguments: [
    "", "U", "Using HTTP2, server supports multiplexing\n", "Using Stream ID: \n", "Using Stream ID: 99999999999\n",
    "recveived GOAWAY, error=0\n", "received GOAWAY, error=0, last_stream=3\n", "REFUSED_STREAM\n",
    "Connection died, retrying a fresh connect (retry count: 1)\n", "h2h3 [x: REFUSED_STREAM, retrying]\n",
  ])
  func remarksThatSayNothing(text: String) { #expect(CurlRemark(text.utf8) == nil) }
}
