# SPDX-License-Identifier: BSL-1.0
# Runs a task file by the shoal command and holds its result to what is expected, whatever fails on the way:
# cmake -DSHOAL=shoal -DTASK=task.json -DEXPECTED=result.txt -P run_task.cmake

execute_process(COMMAND "${SHOAL}" run "${TASK}" --json --events OUTPUT_VARIABLE report ERROR_VARIABLE events
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "shoal run ended with ${status}.\n${report}\n${events}")
endif()
string(JSON result GET "${report}" result)
string(JSON survived GET "${report}" survived)
string(JSON calls GET "${report}" calls)
string(JSON failed GET "${report}" failed_calls)
file(READ "${EXPECTED}" expected)
string(STRIP "${expected}" expected)
if(NOT result STREQUAL expected)
  message(FATAL_ERROR "the result is\n${result}\nbut expected was\n${expected}")
endif()
if(NOT survived OR failed EQUAL 0)
  message(FATAL_ERROR "survived: ${survived}, failed calls: ${failed}; something was to fail, and to be survived.")
endif()
message(STATUS "${failed} of ${calls} calls failed, and the result is what was expected.")
