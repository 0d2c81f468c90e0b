// The order in which faults have messages go out, and the bound of those that wait.
import Testing

@testable import MockProvider

@Suite struct MessageOrderTests {
  @Test func oneWaitsForTheNext() {
    var order = MessageOrder<Int>()
    #expect(order.pass(1, nil).now == [1])
    #expect(order.pass(2, .swapped).now == [])
    #expect(order.pass(3, .lost).now == [], "what is lost sets nothing free")
    #expect(order.pass(4, .twice).now == [4, 4, 2])
    #expect(order.pass(5, .swapped).now == [])
    #expect(order.pass(6, .swapped).now == [6, 5], "only one waits")
  }

  @Test func soManyAreLateAtOnce() {
    var order = MessageOrder<Int>()
    for number in 0..<MessageOrder<Int>.lateLimit { #expect(order.pass(number, .late(.seconds(1))).late?.message == number) }
    #expect(order.pass(-1, .late(.seconds(1))).now == [-1])
    order.lateHasLeft()
    #expect(order.pass(-2, .late(.seconds(1))).late?.message == -2)
  }
}
