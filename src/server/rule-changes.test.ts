import { ruleChangeCases } from './rule-changes.fixture.js'

ruleChangeCases('memory', () => '[state]\nbackend = "memory"')
ruleChangeCases('one directory', () => '[state]\nbackend = "embedded"')
