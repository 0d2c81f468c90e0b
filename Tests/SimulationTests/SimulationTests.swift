// The whole relay and the whole mock, in thousands of lives that a seed brings back.
import Testing

@Suite struct SimulationTests {}
