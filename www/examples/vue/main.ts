import { createApp } from 'vue'
import 'kept-insights'
import Customers from './Customers.vue'

createApp(Customers).mount('#root')
